"""The path of a search: charge, route, choose, ask, write, tell."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from functions.search.choice import Choice, Chosen
from functions.search.citations import reviewed, sources
from functions.search.fallback import Fallback
from functions.search.fanout import FanOut
from functions.search.prompts import answer_task, routing_task, synthesis_task
from functions.search.quotation import quotation
from functions.search.routing import Router
from functions.search.sparing import spared
from functions.search.stopwatch import Stopwatch
from functions.search.synthesis import Emit, Written, write
from oqtopus.config import Fallback as FallbackMode
from oqtopus.config import Routing
from oqtopus.domain.accounts import Caller
from oqtopus.domain.agents import CallOutcome
from oqtopus.domain.breakers import Breaker
from oqtopus.domain.events import (
    AgentAnswered,
    AgentsFinished,
    Delta,
    Failed,
    Final,
    QuotaCharged,
    Routed,
    Source,
)
from oqtopus.domain.model import Passage, Route, SynthesisTask
from oqtopus.domain.quotas import Quota, subject_of
from oqtopus.domain.reviews import Review, whole
from oqtopus.errors import ModelFailure, QuotaSpent
from oqtopus.messages import AgentsCalled, SearchFinished
from oqtopus.observability import event_log
from oqtopus.ports import (
    AgentCaller,
    AgentRanker,
    AgentStore,
    AnswerReviewer,
    AuditEntry,
    AuditTrail,
    Clock,
    LanguageModel,
    Publisher,
    QuotaLedger,
)
from oqtopus.telemetry import span

log = event_log(__name__)

_DECLINED = "declined"
_NO_MODEL = "none"


class Limits(Protocol):
    """The settings that a search obeys."""

    @property
    def quota_user_per_day(self) -> int: ...
    @property
    def quota_guest_per_day(self) -> int: ...
    @property
    def max_agents_per_search(self) -> int: ...
    @property
    def agent_deadline_seconds(self) -> float: ...
    @property
    def routing(self) -> Routing: ...
    @property
    def fallback(self) -> FallbackMode: ...


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked by a request; `hops` is how many searches it has come through, none when a person asks."""

    text: str
    request_id: str
    hops: int = 0


@dataclass(frozen=True, slots=True)
class Searches:
    """What a search needs; `models` are in the order of preference, the embedded one last.

    `new_nonce` gives 64 random bits, 16 hexadecimal digits, that nobody can know before.
    """

    agents: AgentStore
    breaker: Breaker
    caller: AgentCaller
    ledger: QuotaLedger
    models: tuple[LanguageModel, ...]
    ranker: AgentRanker
    reviewer: AnswerReviewer
    publisher: Publisher
    clock: Clock
    new_id: Callable[[], str]
    new_nonce: Callable[[], str]
    audit: AuditTrail
    limits: Limits

    async def open(self, caller: Caller, question: Question, charge_id: str | None = None) -> "Search":
        """Charge the caller's quota and return the search to run; `QuotaSpent` when nothing is left.

        One charge id is charged once, so it is not the request id, which may be the client's choice.
        """
        watch = Stopwatch(asyncio.get_running_loop().time)
        charge_id = charge_id or self.new_id()
        subject, now = subject_of(caller), self.clock()
        try:
            quota = await self.ledger.charge(subject, charge_id, now.date(), self._limit(caller))
        except QuotaSpent:
            log.info("quota_refused", subject=subject)
            await self.audit.add(AuditEntry(now, "quota_refused", subject))
            raise
        return Search(
            searches=self,
            caller=caller,
            question=question.text,
            request_id=question.request_id,
            charge_id=charge_id,
            quota=quota,
            hops=question.hops,
            nonce=self.new_nonce(),
            watch=watch,
        )

    async def quota(self, caller: Caller) -> Quota:
        return await self.ledger.quota(subject_of(caller), self.clock().date(), self._limit(caller))

    def _limit(self, caller: Caller) -> int:
        return self.limits.quota_guest_per_day if caller.is_guest else self.limits.quota_user_per_day


@dataclass(frozen=True, slots=True)
class _Answer:
    """How a search ends: what was written, its review, which has the text that is sent, and what went wrong, if any."""

    written: Written
    review: Review
    sources: tuple[Source, ...] = ()
    failure: Failed | None = None


@dataclass(slots=True)
class Search:
    """One charged question; `is_owed` until it has got an answer of ours, or its client has left."""

    searches: Searches
    caller: Caller
    question: str
    request_id: str
    charge_id: str
    quota: Quota
    hops: int
    nonce: str
    watch: Stopwatch
    is_owed: bool = field(default=True, init=False)

    async def run(self, emit: Emit) -> None:
        """Emit the events of the search up to its `Final`; `settle` is to be called when this ends by itself."""
        with span("search", request_id=self.request_id):
            await self._run(self.watch.passing(emit))

    async def _run(self, emit: Emit) -> None:
        emit(QuotaCharged(self.quota))
        async with Fallback(self._knowledgeable(), answer_task(self.question, self.nonce)) as fallback:
            if self.searches.limits.fallback == "always":
                fallback.start()
            with span("route"):
                route = await self._router().route(routing_task(self.question, self.nonce))
            emit(Routed(route))
            answers = await self._ask(route, fallback, emit)
            with span("write"):
                answer = await self._write(answers, fallback, emit)
        milliseconds = self.watch.ms
        self.is_owed = answer.failure is not None and answer.failure.code != _DECLINED
        if answer.failure is not None:
            emit(answer.failure)
        emit(self._final(answer, route, answers, milliseconds))
        self._tell(route, answers, milliseconds)

    async def settle(self) -> None:
        """Give back a search that ended without an answer for want of ours, and hand over what was published."""
        if self.is_owed:
            await self.searches.ledger.refund(subject_of(self.caller), self.charge_id, self.quota.day)
            log.info("search_refunded")
        await self.searches.publisher.flush()

    async def leave(self) -> None:
        """Its client has gone before the end; the charge stays (Q3)."""
        log.info("search_left")
        await self.searches.publisher.flush()

    def _router(self) -> Router:
        return Router(self.searches.models, self.searches.limits.routing)

    def _knowledgeable(self) -> tuple[LanguageModel, ...]:
        if self.searches.limits.fallback == "off":
            return ()
        return tuple(model for model in self.searches.models if model.is_knowledgeable)

    async def _ask(self, route: Route, fallback: Fallback, emit: Emit) -> tuple[AgentAnswered, ...]:
        has_stand_in = bool(self._knowledgeable())
        choosing = self._choice().made(
            self.question, route.categories, self.caller.account_id, has_stand_in=has_stand_in
        )
        async with choosing as chosen:
            if not chosen.agents:
                return ()
            answers = await self._fan_out().ask(
                chosen.agents,
                self.question,
                route.output_structure,
                landed=partial(_land, chosen, emit),
                at_half_time=fallback.start if has_stand_in else _nothing,
            )
            answers = await chosen.best_first(answers)
        if self.searches.limits.fallback == "always":
            await fallback.settle(self.searches.limits.agent_deadline_seconds)
        return answers

    def _choice(self) -> Choice:
        searches, limits = self.searches, self.searches.limits
        return Choice(
            agents=searches.agents,
            ranker=searches.ranker,
            breaker=searches.breaker,
            clock=searches.clock,
            most=limits.max_agents_per_search,
            deadline_seconds=limits.agent_deadline_seconds,
        )

    def _fan_out(self) -> FanOut:
        return FanOut(self.searches.caller, self.searches.limits.agent_deadline_seconds, self.hops + 1)

    async def _write(self, answers: tuple[AgentAnswered, ...], fallback: Fallback, emit: Emit) -> _Answer:
        if not any(answer.reply for answer in answers):
            return await self._write_without_agents(answers, fallback, emit)
        panel = answers + fallback.landed()
        fallback.cancel()
        emit(AgentsFinished(panel))
        good = [answer for answer in panel if answer.reply is not None]
        passages = [
            Passage(number, answer.name, answer.reply.answer)
            for number, answer in enumerate(good, 1)
            if answer.reply is not None
        ]
        task = synthesis_task(self.question, passages, self.nonce)
        written = await self._synthesised(task, emit)
        review = await self._reviewed(written, good)
        return _Answer(written, review, sources(good, review))

    async def _synthesised(self, task: SynthesisTask, emit: Emit) -> Written:
        """One text of the passages; when no model can write it, the passages themselves as quotations (P8)."""
        writing = write(self.searches.models, lambda model: model.synthesise(task), emit)
        if (written := await spared(writing, "synthesise")) is not None:
            return written
        emit(Failed("synthesis_failed", "No model could write one answer; what the agents wrote is quoted."))
        written = Written(quotation(task.passages), _NO_MODEL)
        emit(Delta(written.text))
        return written

    async def _reviewed(self, written: Written, good: Sequence[AgentAnswered]) -> Review:
        """What of the text comes from whom; quotations say so by themselves, and stay as they are."""
        if written.model == _NO_MODEL:
            return Review(written.text)
        review = await spared(reviewed(self.searches.reviewer, written.text, good), "review")
        return review or Review(written.text, unsupported=whole(written.text))

    async def _write_without_agents(
        self, answers: tuple[AgentAnswered, ...], fallback: Fallback, emit: Emit
    ) -> _Answer:
        """The fallback's text is the answer; without one, the last model says that there is none."""
        failure: Failed | None = None
        if self._knowledgeable():
            try:
                written = await fallback.follow(emit)
                emit(AgentsFinished(answers + fallback.landed()))
                return _Answer(written, Review(written.text, unsupported=whole(written.text)))
            except ModelFailure as error:
                failure = _failed(error)
        elif answers:
            failure = Failed("no_answer", "No agent answered; the search will be given back.")
        emit(AgentsFinished(answers))
        task = answer_task(self.question, self.nonce)
        written = await write(self.searches.models[-1:], lambda model: model.answer(task), emit)
        return _Answer(written, Review(written.text), failure=failure)

    def _final(self, answer: _Answer, route: Route, answers: tuple[AgentAnswered, ...], milliseconds: int) -> Final:
        usage = {
            "model": answer.written.model,
            "routed_by": route.routed_by,
            "agents_called": len(answers),
            "agents_answered": sum(called.reply is not None for called in answers),
            "ms": milliseconds,
        }
        review = answer.review
        unsupported, disagreements = review.unsupported, review.disagreements
        return Final(review.text, answer.sources, self.request_id, usage, unsupported, disagreements)

    def _tell(self, route: Route, answers: tuple[AgentAnswered, ...], milliseconds: int) -> None:
        """Publish what happened, without the question: each call's outcome and the search's own figures."""
        outcomes = tuple(
            CallOutcome(called.agent_id, called.ms, called.failure)
            for called in answers
            if called.agent_id is not None and called.is_counted
        )
        if outcomes:
            self.searches.publisher.publish(AgentsCalled(outcomes=outcomes))
        finished = SearchFinished(
            categories=route.categories,
            routed_by=route.routed_by,
            agents=len(answers),
            ms=milliseconds,
            is_answered=not self.is_owed,
            is_guest=self.caller.is_guest,
        )
        self.searches.publisher.publish(finished)
        times = {"first_event_ms": self.watch.first_event_ms, "first_words_ms": self.watch.first_words_ms}
        log.info("search_finished", **finished.model_dump(), **times)


def _failed(error: ModelFailure) -> Failed:
    """A model that declines was paid for, and who asks chooses what it declines: such a search is not given back."""
    if error.reason in ("refused", "empty"):
        return Failed(_DECLINED, "The model declined to answer this question.")
    return Failed("no_answer", "No model could answer; the search will be given back.")


def _land(chosen: Chosen, emit: Emit, answer: AgentAnswered) -> None:
    chosen.saw(answer)
    emit(answer)


def _nothing() -> None:
    """Half time passes unnoticed where no model can stand in."""
