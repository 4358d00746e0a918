"""All chosen agents at once: each lands when it lands, none waits for another, the deadline ends them all."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from oqtopus.domain.agents import Agent, AgentReply
from oqtopus.domain.events import AgentAnswered
from oqtopus.errors import AgentFailure, FailureReason
from oqtopus.observability import event_log
from oqtopus.ports import AgentCaller
from oqtopus.telemetry import span

# The caller keeps the deadline and knows what to say of it; a caller that does not is cut off a little later.
GRACE_SECONDS: Final = 0.25

log = event_log(__name__)


class FanOut:
    """Asks several agents one question, `hops` searches deep, under one wall-clock deadline (seconds)."""

    def __init__(self, caller: AgentCaller, deadline_seconds: float, hops: int) -> None:
        self._caller = caller
        self._deadline_seconds = deadline_seconds
        self._hops = hops

    async def ask(
        self,
        agents: Sequence[Agent],
        question: str,
        output_structure: Mapping[str, object],
        landed: Callable[[AgentAnswered], None],
        at_half_time: Callable[[], None],
    ) -> tuple[AgentAnswered, ...]:
        """The answers in the order of `agents`.

        `landed` gets each one at once; `at_half_time` is called when half the deadline has gone with agents still out.
        """
        calls = [asyncio.create_task(self._call(agent, question, output_structure)) for agent in agents]
        answers: dict[int, AgentAnswered] = {}
        for place, (agent, call) in enumerate(zip(agents, calls, strict=True)):
            call.add_done_callback(partial(_land, answers, place, agent, landed))
        try:
            _, late = await asyncio.wait(calls, timeout=self._deadline_seconds / 2)
            if late:
                at_half_time()
                await asyncio.wait(late)
        finally:
            for call in calls:
                call.cancel()
        return tuple(answers[place] for place in range(len(calls)))

    async def _call(self, agent: Agent, question: str, output_structure: Mapping[str, object]) -> AgentAnswered:
        with span("agent", "client", agent=agent.id) as part:
            answered = await self._answered(agent, question, output_structure)
            outcome, ms = answered.failure or "answered", round(answered.ms)
            part.set(outcome=outcome)
            log.info("agent_called", agent=agent.id, outcome=outcome, ms=ms, is_counted=answered.is_counted)
            return answered

    async def _answered(self, agent: Agent, question: str, output_structure: Mapping[str, object]) -> AgentAnswered:
        loop = asyncio.get_running_loop()
        started = loop.time()
        reply: AgentReply | None = None
        failure: FailureReason | None = None
        is_counted = True
        try:
            async with asyncio.timeout(self._deadline_seconds + GRACE_SECONDS):
                reply = await self._caller.ask(agent, question, output_structure, self._deadline_seconds, self._hops)
        except AgentFailure as error:
            failure, is_counted = error.reason, error.is_counted
        except TimeoutError:
            failure = "timeout"
        milliseconds = (loop.time() - started) * 1_000
        return AgentAnswered(agent.id, agent.url, agent.name, milliseconds, reply, failure, is_counted)


def _land(
    answers: dict[int, AgentAnswered],
    place: int,
    agent: Agent,
    landed: Callable[[AgentAnswered], None],
    call: "asyncio.Task[AgentAnswered]",
) -> None:
    """Take the outcome of one call; a defect of ours in it costs this agent's answer and no other."""
    if call.cancelled():
        return
    if (defect := call.exception()) is not None:
        log.error("agent_call_broke", failure=defect, agent=agent.id)
        answers[place] = AgentAnswered(agent.id, agent.url, agent.name, 0.0, failure="protocol", is_counted=False)
    else:
        answers[place] = call.result()
    landed(answers[place])
