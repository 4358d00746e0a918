"""The language model that needs no key and no network: routes, ranks and quotes; it has no knowledge of its own."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from oqtopus import observability
from oqtopus.adapters.embedded import extraction, head
from oqtopus.adapters.embedded.classifier import Classifier
from oqtopus.adapters.embedded.encoder import Encoder, EncoderMissing, minilm
from oqtopus.adapters.embedded.extraction import Sentence
from oqtopus.adapters.embedded.likeness import Likeness
from oqtopus.adapters.embedded.policy import Verdict
from oqtopus.adapters.embedded.ranking import relevance
from oqtopus.domain.agents import Agent
from oqtopus.domain.citations import review
from oqtopus.domain.model import AnswerTask, Passage, Route, RoutingTask, SynthesisTask
from oqtopus.domain.reviews import Review
from oqtopus.domain.taxonomy import GENERAL_STRUCTURE, TAXONOMY

T = TypeVar("T")

NAME = "embedded"
NO_ANSWERS = "No agent gave an answer to this question."
NO_KNOWLEDGE = (
    "No registered agent has answered this question, and no language model with general knowledge is configured "
    "here that could answer it instead."
)

_Picked = tuple[list[Sentence], list[list[Sentence]]]

log = observability.event_log(__name__)
_STRUCTURES = {category.name: category.output_structure for category in TAXONOMY}


@dataclass(frozen=True, slots=True)
class _Loaded:
    classifier: Classifier
    likeness: Likeness


class EmbeddedModel:
    """The ports `LanguageModel`, `AgentRanker` and `AnswerReviewer`, computed here.

    Everything runs in one worker thread of its own, loaded at first use; the event loop never waits for it.
    Without MiniLM, TF-IDF alone serves: worse, and said once in the log.
    """

    name = NAME
    is_knowledgeable = False

    def __init__(self, new_encoder: Callable[[], Encoder] = minilm) -> None:
        self._new_encoder = new_encoder
        self._worker = _new_worker()
        self._loaded: _Loaded | None = None

    async def warm(self) -> None:
        """Loads ahead of the first question."""
        await self._run(self._warm)

    async def aclose(self) -> None:
        """Ends the worker thread; the next call starts another, with what is loaded already."""
        ended, self._worker = self._worker, _new_worker()
        ended.shutdown(wait=False, cancel_futures=True)

    async def route(self, task: RoutingTask) -> Route:
        verdict = await self._run(partial(self._verdict, task.question))
        best = verdict.categories[:1]
        structure = _STRUCTURES[best[0]] if best else GENERAL_STRUCTURE
        return Route(verdict.categories, verdict.confidence, NAME, structure)

    async def relevance(self, question: str, agents: Sequence[Agent]) -> Sequence[float]:
        return await self._run(partial(self._relevance, question, agents))

    async def answer(self, task: AnswerTask) -> AsyncGenerator[str, None]:
        """Says that it cannot answer, and which agents could."""
        yield NO_KNOWLEDGE
        verdict = await self._run(partial(self._verdict, task.question))
        if verdict.categories:
            yield f" It looks like a question for these categories: {', '.join(verdict.categories)}."

    async def synthesise(self, task: SynthesisTask) -> AsyncGenerator[str, None]:
        """The telling sentences of the passages, each with its `[number]`; a single passage comes whole."""
        passages = [passage for passage in task.passages if extraction.says_something(passage)]
        if len(passages) < 2:
            yield extraction.whole(passages[0]) if passages else NO_ANSWERS
            return
        picked, disputed = await self._picked(task.question, passages)
        for piece in extraction.pieces(picked, disputed):
            yield piece

    async def review(self, text: str, passages: Sequence[Passage]) -> Review:
        return await self._run(partial(self._reviewed, text, passages))

    async def _picked(self, question: str, passages: Sequence[Passage]) -> _Picked:
        """Reads one passage at a time, so that other questions get their turn in between."""
        sentences: list[Sentence] = []
        share = extraction.MOST_READ // len(passages)
        for passage in passages:
            sentences += await self._run(partial(self._read, question, passage, max(share, 1)))
        return await self._run(partial(self._chosen, question, sentences))

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    def _warm(self) -> None:
        self._load().classifier.verdict("warm")

    def _load(self) -> _Loaded:
        """For the worker thread, which is the only one, so that loading happens once."""
        if self._loaded is None:
            with ThreadPoolExecutor(1, "encoder") as beside:
                loading = beside.submit(self._encoder)
                trained, encoder = head.load(), loading.result()
            self._loaded = _Loaded(Classifier(trained, encoder), Likeness(trained.tfidf, encoder))
        return self._loaded

    def _encoder(self) -> Encoder | None:
        try:
            return self._new_encoder()
        except EncoderMissing as missing:
            log.warning("embedded_model_missing", reason=str(missing))
            return None

    def _verdict(self, question: str) -> Verdict:
        return self._load().classifier.verdict(question)

    def _relevance(self, question: str, agents: Sequence[Agent]) -> list[float]:
        loaded = self._load()
        return [float(score) for score in relevance(question, agents, loaded.classifier, loaded.likeness)]

    def _read(self, question: str, passage: Passage, share: int) -> list[Sentence]:
        """The passage's sentences worth reading; their vectors stay with the encoder, which remembers them."""
        likeness = self._load().likeness
        sentences = extraction.shortlist(question, extraction.sentences_of(passage), likeness, share)
        if sentences:
            likeness.rows([sentence.text for sentence in sentences])
        return sentences

    def _chosen(self, question: str, sentences: Sequence[Sentence]) -> _Picked:
        """The sentences to quote: those that contradict each other by themselves."""
        picked = extraction.chosen(question, sentences, self._load().likeness)
        disputed = extraction.disputed(sentences, picked)
        return [one for one in picked if not any(one in sides for sides in disputed)], disputed

    def _reviewed(self, text: str, passages: Sequence[Passage]) -> Review:
        return review(text, passages, self._load().likeness.alike)


def _new_worker() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix=NAME)
