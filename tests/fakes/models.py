"""A language model whose every word is scripted."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field

from oqtopus.domain.agents import Agent
from oqtopus.domain.citations import review
from oqtopus.domain.model import AnswerTask, Passage, Route, RoutingTask, SynthesisTask
from oqtopus.domain.reviews import Review
from oqtopus.errors import ModelFailure

STRUCTURE = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}


@dataclass
class ScriptedModel:
    """Implements `LanguageModel`, `AgentRanker` and `AnswerReviewer`, by words alone; `broken` names the steps
    that fail, `mid_stream` after a piece.
    """

    name: str = "scripted"
    is_knowledgeable: bool = True
    categories: tuple[str, ...] = ("Movie",)
    confidence: float = 0.95
    pieces: Sequence[str] = ("All ", "good [1].")
    own_answer: Sequence[str] = ("From ", "memory.")
    broken: frozenset[str] = frozenset()
    is_hanging: bool = False
    defect: Exception | None = None
    reason: str = "unavailable"
    fits: Mapping[str, float] = field(default_factory=dict)
    tasks: list[object] = field(default_factory=list)
    closed: int = 0

    async def warm(self) -> None:
        """Nothing to load."""

    async def aclose(self) -> None:
        """Nothing to close."""

    async def route(self, task: RoutingTask) -> Route:
        self.tasks.append(task)
        if self.defect is not None:
            raise self.defect
        if "route" in self.broken:
            raise ModelFailure(self.name, self.reason)
        return Route(self.categories, self.confidence, self.name, STRUCTURE)

    def answer(self, task: AnswerTask) -> AsyncGenerator[str, None]:
        self.tasks.append(task)
        return self._stream(self.own_answer, "answer")

    def synthesise(self, task: SynthesisTask) -> AsyncGenerator[str, None]:
        self.tasks.append(task)
        return self._stream(self.pieces, "synthesise")

    async def relevance(self, question: str, agents: Sequence[Agent]) -> Sequence[float]:
        """The last of the names fits best, which no store returns first; unless `fits` says how well a name does."""
        names = sorted(agent.name for agent in agents)
        places = {name: (1.0 + place) / len(names) for place, name in enumerate(names)}
        return [self.fits.get(agent.name, places[agent.name]) for agent in agents]

    async def review(self, text: str, passages: Sequence[Passage]) -> Review:
        return review(text, passages, lambda first, second: 0.0)

    async def _stream(self, pieces: Sequence[str], step: str) -> AsyncGenerator[str, None]:
        try:
            if step in self.broken:
                raise ModelFailure(self.name, self.reason)
            for piece in pieces:
                yield piece
                if "mid_stream" in self.broken:
                    raise ModelFailure(self.name, "cut")
            if self.is_hanging:
                await asyncio.Event().wait()
        finally:
            self.closed += 1
