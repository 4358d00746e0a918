"""Searches tell how their calls went; the probe function counts them."""

from oqtopus.domain.agents import AgentId, AgentStatus, CallOutcome
from oqtopus.messages import AgentsCalled, AgentSuspended
from tests.functions.probe.world import MINUTE, OWNER, World


async def test_calls_are_counted_into_their_agents_health(world: World) -> None:
    films, cars = await world.kept("films"), await world.kept("cars")

    reply = await world.bus.push(
        AgentsCalled(outcomes=(CallOutcome(films, 80.0), CallOutcome(cars, 10_000.0, "timeout")))
    )

    assert reply.status_code == 204
    assert (await world.stored(films)).health.evidence.at(world.clock()).latency_ms == 80.0
    assert (await world.stored(cars)).health.last_failure == "timeout"
    assert not world.caller.probed
    assert world.outgoing.published == []


async def test_the_twentieth_failure_suspends_an_agent_and_its_owner_is_told_once(world: World) -> None:
    films = await world.kept(failures=19)
    failed = CallOutcome(films, 5.0, "bad_json")
    called_at = world.clock() - MINUTE

    await world.bus.push(AgentsCalled(outcomes=(failed, failed)), at=called_at)
    await world.bus.push(AgentsCalled(outcomes=(failed,)), at=called_at)

    after = await world.stored(films)
    assert (after.status, after.health.failures_in_a_row) == (AgentStatus.SUSPENDED, 22)
    assert after.probe_due_at == called_at + 15 * MINUTE
    assert world.outgoing.published == [AgentSuspended(agent_id=films, owner_id=OWNER)]
    assert world.outgoing.handed_over == 1


async def test_a_search_does_not_bring_a_suspended_agent_back(world: World) -> None:
    films = await world.suspended()

    await world.bus.push(AgentsCalled(outcomes=(CallOutcome(films, 80.0),)))

    assert (await world.stored(films)).status is AgentStatus.SUSPENDED
    assert world.outgoing.published == []


async def test_calls_of_a_deleted_agent_are_no_error(world: World) -> None:
    films = await world.kept()

    reply = await world.bus.push(
        AgentsCalled(outcomes=(CallOutcome(AgentId("gone"), 1.0, "timeout"), CallOutcome(films, 80.0)))
    )

    assert reply.status_code == 204
    assert (await world.stored(films)).health.calls == 1


async def test_an_unavailable_store_is_503_and_the_next_delivery_counts_once(world: World) -> None:
    films = await world.kept()
    called = AgentsCalled(outcomes=(CallOutcome(films, 80.0),))
    world.agents.down = {"record"}
    first = await world.bus.push(called, "1")
    world.agents.down.clear()

    second, third = await world.bus.push(called, "1"), await world.bus.push(called, "1")

    assert [first.status_code, second.status_code, third.status_code] == [503, 204, 204]
    assert (await world.stored(films)).health.calls == 1
