"""Which agents a search calls, and in which order it names them.

An agent whose circuit is open is left alone: its place goes to the next one, and a search that finds nobody else is
the model's to answer. Only where no model can stand in is it called all the same, for then there is nothing to lose
but time. An agent on probation stands behind all healthy ones and takes one call of this process at a time.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from functions.search.sparing import spared
from oqtopus.domain.accounts import AccountId
from oqtopus.domain.agents import Agent, AgentId
from oqtopus.domain.breakers import Breaker
from oqtopus.domain.circuits import CircuitState
from oqtopus.domain.events import AgentAnswered
from oqtopus.domain.ranking import in_order
from oqtopus.observability import event_log
from oqtopus.ports import AgentRanker, AgentStore, Clock

log = event_log(__name__)

RANKING_SECONDS = 2.0
"""How long a search waits for the judgement, which takes milliseconds where no other work is before it."""

States = Mapping[AgentId, CircuitState]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The agents to call; who is first among them may be found out while they are called."""

    agents: Sequence[Agent]
    breaker: Breaker
    clock: Clock
    ranking: "asyncio.Task[Sequence[Agent]]"

    def saw(self, answer: AgentAnswered) -> None:
        """Let other searches of this process know at once how a call went."""
        for agent in self.agents:
            if agent.id == answer.agent_id and answer.is_counted:
                self.breaker.saw(agent, self.clock(), is_good=answer.failure is None)

    async def best_first(self, answers: Sequence[AgentAnswered]) -> tuple[AgentAnswered, ...]:
        by_id = {answer.agent_id: answer for answer in answers}
        return tuple(by_id[agent.id] for agent in await self.ranking if agent.id in by_id)


@dataclass(frozen=True, slots=True)
class Choice:
    """Chooses at most `most` agents, ranked with respect to the deadline (seconds) of their calls."""

    agents: AgentStore
    ranker: AgentRanker
    breaker: Breaker
    clock: Clock
    most: int
    deadline_seconds: float

    @asynccontextmanager
    async def made(
        self, question: str, categories: Sequence[str], account_id: AccountId | None, *, has_stand_in: bool
    ) -> AsyncIterator[Chosen]:
        """The choice, for as long as its agents are called.

        Where all candidates may be called, the calls do not wait for the ranking.
        """
        candidates = await self.agents.candidates(categories, account_id) if categories else ()
        now = self.clock()
        states = {agent.id: self.breaker.state(agent, now) for agent in candidates}
        ranking = asyncio.create_task(self._ranked(question, candidates, states))
        turns: list[AgentId] = []
        try:
            ordered = await ranking if len(candidates) > self.most else candidates
            agents = self._admitted(ordered, states, turns)
            if not agents and not has_stand_in:
                agents = ordered[: self.most]
            if resting := sum(state is CircuitState.OPEN for state in states.values()):
                log.info("agents_resting", agents=resting)
            yield Chosen(agents, self.breaker, self.clock, ranking)
        finally:
            ranking.cancel()
            self.breaker.give_back(turns)

    async def _ranked(self, question: str, candidates: Sequence[Agent], states: States) -> Sequence[Agent]:
        """Best first; those that are not healthy behind all others. Without a word on relevance, health decides."""
        if len(candidates) < 2:
            return candidates
        judging = self.ranker.relevance(question, candidates)
        relevance = await spared(judging, "rank", RANKING_SECONDS) or [1.0] * len(candidates)
        ranked = in_order(candidates, relevance, self.clock(), self.deadline_seconds)
        return sorted(ranked, key=lambda agent: states[agent.id] is not CircuitState.CLOSED)

    def _admitted(self, ordered: Sequence[Agent], states: States, turns: list[AgentId]) -> Sequence[Agent]:
        """The first that may be called; turns that are taken for it are written down in `turns`."""
        admitted = [agent for agent in ordered if states[agent.id] is CircuitState.CLOSED][: self.most]
        on_probation = (agent for agent in ordered if states[agent.id] is CircuitState.PROBATION)
        for agent in on_probation:
            if len(admitted) < self.most and self.breaker.takes_turn(agent.id):
                turns.append(agent.id)
                admitted.append(agent)
        return admitted
