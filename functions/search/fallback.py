"""The model's own answer, written in the background so that it never stands in line behind the agents."""

import asyncio
from collections.abc import Sequence

from functions.search.synthesis import Emit, Written, write
from oqtopus.domain.agents import AgentReply
from oqtopus.domain.events import AgentAnswered, Event
from oqtopus.domain.model import AnswerTask
from oqtopus.ports import LanguageModel


class Fallback:
    """Starts at most once; its events are kept until somebody follows them. Use as an async context manager."""

    def __init__(self, models: Sequence[LanguageModel], task: AnswerTask) -> None:
        self._models = models
        self._task = task
        self._kept: list[Event] = []
        self._listener: Emit = self._kept.append
        self._writing: asyncio.Task[Written] | None = None
        self._started = 0.0

    async def __aenter__(self) -> "Fallback":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.cancel()
        if self._writing is not None:
            await asyncio.wait([self._writing])

    def start(self) -> None:
        if self._writing is None:
            self._started = asyncio.get_running_loop().time()
            self._writing = asyncio.create_task(self._write())

    async def follow(self, emit: Emit) -> Written:
        """The whole answer, its deltas passed on from the first; `ModelFailure` when no model could write it."""
        self.start()
        for event in self._kept:
            emit(event)
        self._listener = emit
        assert self._writing is not None, "started above"
        return await self._writing

    async def settle(self, seconds: float) -> None:
        """Wait for the answer of a fallback that has started, at most so long."""
        if self._writing is not None:
            await asyncio.wait([self._writing], timeout=seconds)

    def cancel(self) -> None:
        """Stop writing what nobody will read."""
        if self._writing is not None:
            self._writing.cancel()

    def landed(self) -> tuple[AgentAnswered, ...]:
        """The finished answer as an element of the panel; nothing while it is out, or when it failed."""
        if self._writing is None or not self._writing.done() or self._writing.exception() is not None:
            return ()
        written = self._writing.result()
        milliseconds = (asyncio.get_running_loop().time() - self._started) * 1_000
        return (AgentAnswered(None, None, written.model, milliseconds, AgentReply(written.text)),)

    async def _write(self) -> Written:
        return await write(self._models, lambda model: model.answer(self._task), self._emit)

    def _emit(self, event: Event) -> None:
        self._listener(event)
