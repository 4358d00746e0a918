"""Agents are probed when they are due; those that fail are suspended, and come back by themselves."""

import asyncio
import logging
from datetime import timedelta
from typing import Literal

import pytest

from functions.probe.service import outcome_of
from oqtopus.domain.agents import AgentId, AgentStatus, CallOutcome
from oqtopus.errors import FailureReason, Unavailable
from oqtopus.messages import AgentRestored, AgentsDue, AgentSuspended, ProbesDue
from oqtopus.ports import ProbeResult
from tests.functions.probe.world import MINUTE, OWNER, PASSED, World, failing


class TestTick:
    """`ProbesDue`, as the schedule sends it."""

    async def test_all_due_agents_are_handed_out_in_parts_that_several_instances_can_share(self, world: World) -> None:
        for number in range(1_000):
            await world.kept(f"a{number:03}")

        reply = await world.bus.push(ProbesDue())

        handed_out = [part.agent_ids for part in world.outgoing.published if isinstance(part, AgentsDue)]
        assert reply.status_code == 204
        assert [len(part) for part in handed_out] == [25] * 40
        assert len({agent_id for part in handed_out for agent_id in part}) == 1_000
        assert world.outgoing.handed_over == 40
        assert not world.caller.probed

    async def test_agents_that_are_not_due_or_pending_are_left_out(self, world: World) -> None:
        due = await world.suspended("due")
        await world.kept("later", probe_due_at=world.clock() + MINUTE)
        await world.kept("pending", status=AgentStatus.PENDING, probe_due_at=None)

        await world.bus.push(ProbesDue())

        assert world.outgoing.published == [AgentsDue(agent_ids=(due,))]

    async def test_nothing_due_is_nothing_to_hand_out(self, world: World) -> None:
        assert (await world.bus.push(ProbesDue())).status_code == 204
        assert world.outgoing.published == []


class TestProbe:
    """`AgentsDue`: the probes themselves."""

    async def test_a_passed_probe_is_counted_and_the_next_one_is_later(self, world: World) -> None:
        films = await world.kept(failures=3)

        status = await world.probe(films)

        after = await world.stored(films)
        assert status == 204
        assert (after.health.calls, after.health.failures_in_a_row) == (4, 0)
        assert after.health.evidence.at(world.clock()).latency_ms == PASSED.ms
        assert after.probe_due_at == world.clock() + timedelta(minutes=15)
        assert world.outgoing.published == []

    async def test_the_twentieth_failure_suspends_an_agent_and_its_owner_is_told_once(self, world: World) -> None:
        films = await world.kept(failures=18)
        world.caller.ends[films] = failing("tls")
        told = []

        for _ in range(4):
            await world.probe(films)
            told.append((await world.stored(films)).status)
            world.clock.advance(timedelta(hours=2))

        assert told == [AgentStatus.ACTIVE] + [AgentStatus.SUSPENDED] * 3
        assert world.outgoing.published == [AgentSuspended(agent_id=films, owner_id=OWNER)]
        assert (await world.stored(films)).health.last_failure == "tls"

    async def test_a_passed_probe_brings_a_suspended_agent_back_and_its_owner_is_told_once(self, world: World) -> None:
        films = await world.suspended()

        await world.probe(films)
        world.clock.advance(timedelta(hours=2))
        await world.probe(films)

        assert (await world.stored(films)).status is AgentStatus.ACTIVE
        assert world.outgoing.published == [AgentRestored(agent_id=films, owner_id=OWNER)]
        assert world.outgoing.handed_over == 1

    async def test_a_suspended_agent_that_takes_strangers_stays_suspended(self, world: World) -> None:
        films = await world.suspended()
        world.caller.ends[films] = ProbeResult(None, "accepted")

        await world.probe(films)

        after = await world.stored(films)
        assert (after.status, after.health.last_failure) == (AgentStatus.SUSPENDED, "bad_status")

    @pytest.mark.parametrize(
        ("signed", "foreign", "failure"),
        [
            (None, None, None),
            ("timeout", None, "timeout"),
            ("timeout", "accepted", "timeout"),
            (None, "accepted", "bad_status"),
            (None, "timeout", "timeout"),
            (None, "unreachable", "unreachable"),
        ],
    )
    def test_both_probes_must_go_as_they_must(
        self,
        signed: FailureReason | None,
        foreign: FailureReason | Literal["accepted"] | None,
        failure: FailureReason | None,
    ) -> None:
        outcome = outcome_of(AgentId("films"), ProbeResult(signed, foreign, 7.0))

        assert outcome == CallOutcome(
            AgentId("films"), 7.0, failure, is_probe=True, is_disqualifying=foreign == "accepted"
        )

    async def test_an_agent_that_takes_strangers_is_suspended_whatever_its_searches_say(self, world: World) -> None:
        films = await world.kept()
        world.caller.ends[films] = ProbeResult(None, "accepted")

        await world.probe(films)

        assert (await world.stored(films)).status is AgentStatus.SUSPENDED
        assert world.outgoing.published == [AgentSuspended(agent_id=films, owner_id=OWNER)]

    async def test_an_agent_that_was_probed_meanwhile_is_left_alone(self, world: World) -> None:
        films = await world.kept()

        await world.probe(films)
        await world.probe(films)

        assert world.caller.probed == [films]
        assert (await world.stored(films)).health.calls == 1

    async def test_an_agent_that_is_named_twice_is_probed_once(self, world: World) -> None:
        films = await world.kept()

        await world.probe(films, films)

        assert world.caller.probed == [films]

    async def test_a_pending_agent_is_its_owners_to_verify(self, world: World) -> None:
        films = await world.kept(status=AgentStatus.PENDING)

        await world.probe(films)

        assert not world.caller.probed

    async def test_a_deleted_agent_is_no_error(self, world: World) -> None:
        films = await world.kept()

        assert await world.probe(AgentId("gone"), films) == 204
        assert world.caller.probed == [films]

    async def test_an_agent_that_is_deleted_while_it_is_probed_is_no_error(self, world: World) -> None:
        films = await world.kept(failures=19)
        world.caller.ends[films] = failing()
        world.caller.may_end.clear()

        probing = asyncio.create_task(world.probe(films))
        while not world.caller.running:
            await world.agents.agent(films)
        await world.agents.remove(films)
        world.caller.may_end.set()

        assert await probing == 204
        assert world.outgoing.published == []

    async def test_at_most_ten_are_probed_at_a_time(self, world: World) -> None:
        agent_ids = [await world.kept(f"a{number}") for number in range(25)]
        world.caller.may_end.clear()

        probing = asyncio.create_task(world.probe(*agent_ids))
        while world.caller.running < 10:
            await world.agents.agent(agent_ids[0])
        for agent_id in agent_ids:  # The store answers in turn: whatever was asked for before has come by now.
            await world.agents.agent(agent_id)
        world.caller.may_end.set()

        assert await probing == 204
        assert world.caller.most_at_once == 10
        assert sorted(world.caller.probed) == sorted(agent_ids)


class TestFailuresOfOurs:
    """What is not an agent's fault is not counted against it, and costs no other agent its probe."""

    async def test_an_unavailable_vault_leaves_the_probe_for_the_next_tick(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        films, cars = await world.kept("films"), await world.kept("cars")
        before = await world.stored(films)
        world.caller.ends[films] = Unavailable("The vault does not answer.")

        with caplog.at_level(logging.INFO, "oqtopus"):
            status = await world.probe(films, cars)

        assert status == 204
        assert await world.stored(films) == before
        assert (await world.stored(cars)).health.calls == 1
        assert await world.agents.due(world.clock(), 10) == [films]
        assert "agent_probe_put_off" in caplog.messages

    async def test_a_defect_in_one_probe_costs_the_others_nothing(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        films, cars = await world.kept("films"), await world.suspended("cars")
        before = await world.stored(films)
        world.caller.ends[films] = ZeroDivisionError("a defect")

        status = await world.probe(films, cars)

        assert status == 204
        assert await world.stored(films) == before
        assert world.outgoing.published == [AgentRestored(agent_id=cars, owner_id=OWNER)]
        assert "agent_not_probed" in caplog.messages

    @pytest.mark.parametrize("operation", ["agent", "record", "due"])
    async def test_an_unavailable_store_is_503_and_nothing_is_counted(self, world: World, operation: str) -> None:
        films = await world.kept()
        before = await world.stored(films)
        world.agents.down = {operation}

        reply = await world.bus.push(ProbesDue() if operation == "due" else AgentsDue(agent_ids=(films,)))

        world.agents.down.clear()
        assert reply.status_code == 503
        assert await world.stored(films) == before
        assert world.outgoing.published == []

    async def test_the_next_delivery_probes_those_only_that_the_store_did_not_take(self, world: World) -> None:
        films, cars = await world.kept("films"), await world.suspended("cars")
        due = AgentsDue(agent_ids=(films, cars))
        world.agents.down = {f"record {films}"}
        first = await world.bus.push(due, "1")
        handed_over = world.outgoing.handed_over
        world.agents.down.clear()
        world.caller.probed.clear()

        second = await world.bus.push(due, "1")

        assert (first.status_code, second.status_code) == (503, 204)
        assert world.caller.probed == [films]
        assert (await world.stored(films)).health.calls == (await world.stored(cars)).health.calls - 20 == 1
        assert world.outgoing.published == [AgentRestored(agent_id=cars, owner_id=OWNER)]
        assert handed_over == 1
