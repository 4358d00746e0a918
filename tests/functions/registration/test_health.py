"""An agent's health: a word and two figures for everyone, all of it for its owner."""

from datetime import timedelta

import jsonschema_rs
import pytest

from oqtopus.domain.agents import AgentStatus, CallOutcome
from tests.e2e.contract_operations import DOCUMENT
from tests.functions.registration.world import FIRST, World, without_instance

GOOD = CallOutcome(FIRST, 120.4)
BAD = CallOutcome(FIRST, 10_000.0, "timeout")
PATH = f"/v1/agents/{FIRST}/health"
HOUR = timedelta(hours=1)
Document = dict[str, object]


async def counted(world: World, *outcomes: CallOutcome) -> None:
    await world.agents.record(outcomes, world.clock())


async def health(world: World) -> Document:
    reply = await world.call("anna", "GET", PATH)
    assert reply.status_code == 200, reply.text
    document: Document = reply.json()
    return document


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


class TestHealth:
    """`GET /v1/agents/{id}/health`."""

    async def test_an_agent_that_was_never_called(self, world: World) -> None:
        await world.activated()

        shown = await health(world)

        assert shown | {"hours": [], "days": []} == {
            "status": "active",
            "condition": "unproven",
            "success_rate": None,
            "latency_ms": None,
            "circuit": {"state": "closed", "rests_until": None},
            "failures_in_a_row": 0,
            "failing_since": None,
            "last_failure": None,
            "last_probe_at": None,
            "next_probe_at": "2026-03-14T15:24:26Z",
            "window": {
                "from": "2026-03-13T16:00:00Z",
                "calls": 0,
                "failures": 0,
                "failures_by_reason": {},
                "latency_ms": {"mean": None, "p50": None, "p95": None},
            },
            "hours": [],
            "days": [],
        }

    async def test_the_window_adds_up_the_hours_that_are_shown(self, world: World) -> None:
        await world.activated()
        await counted(world, GOOD, BAD)
        world.clock.advance(2 * HOUR)
        await counted(world, *[CallOutcome(FIRST, 300.0)] * 8, BAD, CallOutcome(FIRST, 9.0, "bad_json"))
        world.clock.advance(22 * HOUR)

        shown = await health(world)

        window, hours, days = shown["window"], shown["hours"], shown["days"]
        assert isinstance(window, dict)
        assert isinstance(hours, list)
        assert isinstance(days, list)
        assert (window["calls"], window["failures"]) == (10, 2)
        assert window["failures_by_reason"] == {"bad_json": 1, "timeout": 1}
        assert window["latency_ms"]["mean"] == 300
        assert 256 <= window["latency_ms"]["p50"] <= window["latency_ms"]["p95"] <= 363
        assert (len(hours), len(days)) == (24, 30)
        assert hours[1] == {"from": "2026-03-14T17:00:00Z", "calls": 10, "failures": 2, "latency_ms": 300}
        assert sum(hour["calls"] for hour in hours) == 10
        assert days[-2] == {"from": "2026-03-14T00:00:00Z", "calls": 12, "failures": 3, "latency_ms": 280}

    async def test_an_open_circuit_says_when_it_lets_a_call_through_again(self, world: World) -> None:
        await world.activated()
        await counted(world, GOOD, BAD, BAD, BAD)
        circuits = []

        for seconds in (0, 29, 1):
            world.clock.advance(timedelta(seconds=seconds))
            circuits.append((await health(world))["circuit"])

        shown = await health(world)
        until = "2026-03-14T15:09:56Z"
        assert circuits == [{"state": "open", "rests_until": until}] * 2 + [{"state": "probation", "rests_until": None}]
        assert shown["condition"] == "failing"
        assert shown["failures_in_a_row"] == 3
        assert shown["last_failure"] == {"reason": "timeout", "at": "2026-03-14T15:09:26Z"}
        assert shown["failing_since"] == "2026-03-14T15:09:26Z"
        assert shown["next_probe_at"] == until

    @pytest.mark.parametrize("outcomes", [[], [GOOD], [GOOD, *[BAD] * 3], [BAD] * 20])
    async def test_it_is_as_the_contract_says(self, world: World, outcomes: list[CallOutcome]) -> None:
        await world.activated()
        await counted(world, *outcomes)

        contract = {"$ref": "#/components/schemas/AgentHealth", "components": DOCUMENT["components"]}
        assert list(jsonschema_rs.iter_errors(contract, await health(world))) == []

    async def test_probes_have_their_times(self, world: World) -> None:
        await world.activated()
        await counted(world, CallOutcome(FIRST, 20.0, is_probe=True))

        shown = await health(world)

        assert (shown["last_probe_at"], shown["next_probe_at"]) == ("2026-03-14T15:09:26Z", "2026-03-14T15:24:26Z")

    async def test_a_suspended_agents_owner_sees_why(self, world: World) -> None:
        await world.activated()
        await counted(world, *[BAD] * 20)

        shown = await health(world)

        assert (shown["status"], shown["failures_in_a_row"]) == (AgentStatus.SUSPENDED, 20)

    async def test_a_token_for_searches_may_read_it(self, world: World) -> None:
        await world.activated(public=False)

        assert (await world.call("anna:search", "GET", PATH)).status_code == 200

    async def test_anothers_is_not_found_public_or_not(self, world: World) -> None:
        await world.activated()
        await world.activated(public=False)

        replies = [await world.call("bert", "GET", f"/v1/agents/agent-{n}/health") for n in (1, 2, 3)]

        assert [reply.status_code for reply in replies] == [404] * 3
        assert without_instance(replies[0]) == without_instance(replies[1]) == without_instance(replies[2])
