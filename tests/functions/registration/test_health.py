"""An agent's health: a word and two figures for everyone, with counters for its owner."""

from datetime import timedelta

from oqtopus.domain.agents import CallOutcome
from tests.functions.registration.world import FIRST, World

GOOD = CallOutcome(FIRST, 120.4)
BAD = CallOutcome(FIRST, 10_000.0, "timeout")


async def counted(world: World, *outcomes: CallOutcome) -> None:
    await world.agents.record(outcomes, world.clock())


class TestSummary:
    """What `GET /v1/agents` and `GET /v1/agents/{id}` say of it."""

    async def test_it_is_told_in_full_to_the_owner_and_in_short_to_others(self, world: World) -> None:
        await world.activated()
        await counted(world, GOOD, BAD)

        own, public = [(await world.call(who, "GET", f"/v1/agents/{FIRST}")).json()["health"] for who in ("anna", "")]
        [listed] = (await world.call("", "GET", "/v1/agents")).json()["agents"]

        assert public == listed["health"] == {"condition": "unproven", "success_rate": 0.786, "latency_ms": 120}
        counters = {"calls": 2, "failures": 1, "failures_in_a_row": 1, "last_failure": "timeout"}
        assert own == public | counters

    async def test_an_agent_that_was_never_called_has_no_rate(self, world: World) -> None:
        await world.registered()

        summary = (await world.call("", "GET", f"/v1/agents/{FIRST}")).json()["health"]

        assert summary == {"condition": "unproven", "success_rate": None, "latency_ms": None}

    async def test_it_is_as_of_now(self, world: World) -> None:
        await world.activated()
        await counted(world, *[GOOD] * 20, *[BAD] * 3)
        conditions = []

        for _ in range(2):
            conditions.append((await world.call("", "GET", f"/v1/agents/{FIRST}")).json()["health"]["condition"])
            world.clock.advance(timedelta(days=7))
            await counted(world, *[GOOD] * 5)

        last = (await world.call("", "GET", f"/v1/agents/{FIRST}")).json()["health"]
        assert conditions == ["failing", "healthy"]
        assert (last["condition"], last["success_rate"]) == ("healthy", 0.95)
