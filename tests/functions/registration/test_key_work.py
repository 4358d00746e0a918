"""The tick that brings work on keys to its end: one agent's trouble is no other's, and it ends in time."""

from datetime import timedelta

import pytest

from functions.registration.agent_keys import AGENTS_AT_ONCE
from oqtopus.bootstrap import Services
from oqtopus.domain.agents import AgentId
from oqtopus.errors import ConfigurationError, Unavailable
from oqtopus.messages import KeysDue
from oqtopus.ports import KeyWork
from tests.functions.registration.world import World

HOUR = timedelta(hours=1)


@pytest.fixture
async def orphans(world: World, services: Services) -> list[AgentId]:
    """Agents that are gone, whose keys are left over; the work on each is due, in this order."""
    agent_ids = [AgentId(f"gone-{number}") for number in range(AGENTS_AT_ONCE + 2)]
    for number, agent_id in enumerate(agent_ids):
        await world.vault.add(agent_id, "a key of no agent")
        due_at = world.clock() - HOUR + timedelta(seconds=number)
        await services.key_journal.begin(KeyWork(f"work-{number}", agent_id, due_at, is_adding=True))
    return agent_ids


async def keeping(world: World, agent_ids: list[AgentId]) -> list[AgentId]:
    return [agent_id for agent_id in agent_ids if await world.has_secret(agent_id)]


@pytest.mark.parametrize(
    ("fault", "event"),
    [
        (ConfigurationError("Google's credentials are missing."), "key_work_failed"),
        (ZeroDivisionError("a defect"), "key_work_failed"),
        (Unavailable("The vault does not answer."), "key_work_left"),
    ],
)
async def test_work_that_fails_blocks_none_behind_it_and_is_done_once_it_can_be(
    world: World, orphans: list[AgentId], fault: Exception, event: str, caplog: pytest.LogCaptureFixture
) -> None:
    world.vault.faults[orphans[0]] = fault
    await world.tick(KeysDue())
    kept = await keeping(world, orphans)

    world.vault.faults.clear()
    await world.tick(KeysDue())

    assert kept == orphans[:1]
    assert caplog.messages.count(event) == 1
    assert await keeping(world, orphans) == []


async def test_a_tick_begins_no_work_that_the_function_may_not_see_the_end_of(
    world: World, orphans: list[AgentId]
) -> None:
    world.vault.on_versions = lambda: world.clock.advance(timedelta(seconds=20))
    await world.tick(KeysDue())
    kept = await keeping(world, orphans)

    world.vault.on_versions = lambda: None
    await world.tick(KeysDue())

    assert kept == orphans[2:]
    assert await keeping(world, orphans) == []
