"""Registration, rotation and deletion, killed after each of their steps, lose nothing and leave no key behind."""

import itertools
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from functions.registration.agent_keys import AgentKeys
from functions.registration.rotation import KeyRotation
from functions.registration.schemas import NewAgent
from functions.registration.service import Registry
from infra.emulators.secret_manager.server import SecretManagerDouble
from oqtopus.adapters.firestore.agents import FirestoreAgentStore
from oqtopus.adapters.firestore.attempts import FirestoreAttemptLedger
from oqtopus.adapters.firestore.audit import FirestoreAuditTrail
from oqtopus.adapters.firestore.key_journal import FirestoreKeyJournal
from oqtopus.adapters.local_vault import LocalVault
from oqtopus.adapters.secret_manager import SecretManagerVault
from oqtopus.adapters.sqlite.accounts import SqliteAccountStore
from oqtopus.adapters.sqlite.agents import SqliteAgentStore
from oqtopus.adapters.sqlite.attempts import SqliteAttemptLedger
from oqtopus.adapters.sqlite.audit import SqliteAuditTrail
from oqtopus.adapters.sqlite.database import Database
from oqtopus.adapters.sqlite.key_journal import SqliteKeyJournal
from oqtopus.config import Throttles
from oqtopus.domain.accounts import Account
from oqtopus.domain.agents import AgentId
from oqtopus.messages import CloudEvent, KeysDue
from oqtopus.ports import AgentStore, AttemptLedger, AuditTrail, KeyJournal, KeyVault
from oqtopus.security.egress import AddressPolicy
from oqtopus.security.throttling import Gate
from tests.fakes.clock import FakeClock
from tests.fakes.firestore import recorded_database
from tests.functions.registration.dying import Dying, Killed, LastCall
from tests.functions.registration.world import ANNA, NEW_AGENT, FakeAgentCaller

A_DAY = timedelta(days=1)
WORK_IS_DUE = timedelta(minutes=11)
MANY = 1_000_000


@dataclass
class Ground:
    """What outlives a process: the stores, the vault and the time."""

    agents: AgentStore
    vault: KeyVault
    journal: KeyJournal
    attempts: AttemptLedger
    audit: AuditTrail
    clock: FakeClock = field(default_factory=FakeClock)
    ids: list[AgentId] = field(default_factory=list)

    def process(self, calls: int = MANY) -> tuple[Registry, LastCall]:
        """A new process on this ground that dies after so many calls."""
        life = LastCall(calls)
        agents = cast("AgentStore", Dying(self.agents, life))  # It stands for whatever it is given.
        vault = cast("KeyVault", Dying(self.vault, life))
        journal = cast("KeyJournal", Dying(self.journal, life))
        registry = Registry(
            agents=agents,
            vault=vault,
            keys=AgentKeys(agents, vault, journal, self.clock, _new_id),
            caller=FakeAgentCaller(),
            policy=AddressPolicy(),
            gate=Gate(self.attempts, self.audit, self.clock, "a secret key for tests only"),
            throttles=Throttles(),
            clock=self.clock,
            new_id=self._new_agent_id,
        )
        return registry, life

    async def repaired(self) -> None:
        """The repair job runs in a process of its own, once whatever has broken off is due."""
        self.clock.advance(WORK_IS_DUE)
        await _repair(self.process()[0])

    async def assert_in_order(self) -> None:
        """Each agent names exactly the keys that the vault has of it, and the one that signs can be had."""
        for agent_id in self.ids:
            agent = await self.agents.agent(agent_id)
            kept = set(await self.vault.versions(agent_id))
            assert kept == (set(agent.key_versions(self.clock())) if agent else set()), agent_id
            if agent is not None:
                assert await self.vault.private_key(agent_id, agent.key_version)
        assert await self.journal.due(self.clock(), MANY) == []

    def _new_agent_id(self) -> str:
        self.ids.append(AgentId(_new_id()))
        return self.ids[-1]


def _new_id() -> str:
    return f"id-{secrets.token_hex(8)}"


async def _embedded(stack: AsyncExitStack, request: pytest.FixtureRequest) -> Ground:
    folder: Path = request.getfixturevalue("tmp_path")
    database = stack.enter_context(closing(Database(folder / "oqtopus.db")))
    await SqliteAccountStore(database).add(Account(ANNA, "anna@example.org", "anna", "no hash", FakeClock()()))
    vault = LocalVault(database, "a secret key for tests only", "a salt for tests only", cost=2)
    stores = SqliteAgentStore(database), vault, SqliteKeyJournal(database)
    return Ground(*stores, SqliteAttemptLedger(database), SqliteAuditTrail(database))


async def _google(stack: AsyncExitStack, request: pytest.FixtureRequest) -> Ground:
    environ: dict[str, str] = request.getfixturevalue("emulators")
    database = await stack.enter_async_context(recorded_database(environ["FIRESTORE_EMULATOR_HOST"]))
    vault = SecretManagerVault("demo-oqtopus", stack.enter_context(SecretManagerDouble()).target)
    stack.push_async_callback(vault.aclose)
    stores = FirestoreAgentStore(database), vault, FirestoreKeyJournal(database)
    return Ground(*stores, FirestoreAttemptLedger(database), FirestoreAuditTrail(database))


@pytest.fixture(params=[_embedded, _google], ids=["embedded", "google"])
async def ground(request: pytest.FixtureRequest) -> AsyncIterator[Ground]:
    async with AsyncExitStack() as stack:
        yield await request.param(stack, request)


async def _register(registry: Registry) -> AgentId:
    return (await registry.register(ANNA, NewAgent.model_validate(NEW_AGENT))).id


async def _start(registry: Registry, agent_id: AgentId) -> None:
    await KeyRotation(registry).start(ANNA, agent_id)


async def _activate(registry: Registry, agent_id: AgentId) -> None:
    await KeyRotation(registry).activate(ANNA, agent_id)


async def _repair(registry: Registry, _: AgentId | None = None) -> None:
    await registry.keys.handle(CloudEvent(_new_id(), "/schedules", registry.clock(), KeysDue()))


async def _remove(registry: Registry, agent_id: AgentId) -> None:
    await registry.remove(ANNA, agent_id)


async def _survives(doing: Awaitable[object], life: LastCall) -> bool:
    """Whether the process lived to the end of what it did; what it logged or swallowed on its death does not count."""
    try:
        await doing
    except Killed:
        return False
    return not life.is_over


async def test_a_registration_killed_anywhere_leaves_a_whole_agent_or_nothing(ground: Ground) -> None:
    for calls in itertools.count():
        registry, life = ground.process(calls)
        is_done = await _survives(_register(registry), life)

        await ground.repaired()

        await ground.assert_in_order()
        if is_done:
            break
    assert calls > 4
    owned = await ground.agents.owned_by(ANNA)
    assert {agent.id for agent in owned} <= set(ground.ids)
    assert owned[-1].id == ground.ids[-1]


Operation = Callable[[Registry, AgentId], Awaitable[None]]


async def _prepared(ground: Ground, *before: Operation) -> AgentId:
    registry, _ = ground.process()
    agent_id = await _register(registry)
    for operation in before:
        await operation(registry, agent_id)
    return agent_id


async def _killed_everywhere(ground: Ground, before: tuple[Operation, ...], operation: Operation, after: Any) -> int:
    """Kill the operation after each of its calls in turn, on an agent of its own; how many calls it makes.

    `after` judges the agent of each turn when the repair has run.
    """
    for calls in itertools.count():
        agent_id = await _prepared(ground, *before)
        registry, life = ground.process(calls)
        is_done = await _survives(operation(registry, agent_id), life)
        agent = await ground.agents.agent(agent_id)
        if agent is not None:
            assert await ground.vault.private_key(agent_id, agent.key_version), "calls go on meanwhile"

        await ground.repaired()

        await ground.assert_in_order()
        await after(agent_id, is_done)
        if is_done:
            return calls
    raise AssertionError("it ends when it survives")


async def test_a_start_killed_anywhere_leaves_a_key_to_go_on_with_or_none(ground: Ground) -> None:
    async def goes_on(agent_id: AgentId, is_done: bool) -> None:
        registry, _ = ground.process()
        agent, is_new = await KeyRotation(registry).start(ANNA, agent_id)
        assert agent.staged_key is not None
        assert not (is_done and is_new)
        assert (await KeyRotation(registry).activate(ANNA, agent_id)).key_version == agent.staged_key.version

    assert await _killed_everywhere(ground, (), _start, goes_on) > 4


async def test_an_activation_killed_anywhere_leaves_the_old_key_or_the_new_one(ground: Ground) -> None:
    async def goes_on(agent_id: AgentId, is_done: bool) -> None:
        agent = await ground.agents.agent(agent_id)
        assert agent is not None
        assert agent.key_version == "2" or not is_done
        if agent.staged_key is not None:
            await _activate(ground.process()[0], agent_id)
        ground.clock.advance(A_DAY)
        await ground.repaired()
        assert await ground.vault.versions(agent_id) == ["2"]

    assert await _killed_everywhere(ground, (_start,), _activate, goes_on) > 2


async def test_a_deletion_killed_anywhere_leaves_a_whole_agent_or_nothing(ground: Ground) -> None:
    async def goes_on(agent_id: AgentId, is_done: bool) -> None:
        agent = await ground.agents.agent(agent_id)
        assert agent is None or not is_done
        if agent is not None:
            await _remove(ground.process()[0], agent_id)
        assert await ground.vault.versions(agent_id) == []

    assert await _killed_everywhere(ground, (_start,), _remove, goes_on) > 4


async def test_a_repair_killed_anywhere_is_done_by_the_next_one(ground: Ground) -> None:
    async def abandoned(registry: Registry, agent_id: AgentId) -> None:
        """Work that broke off: keys that no agent names, an agent's retired key, and those of one that is gone."""
        await registry.keys.begin(agent_id, is_adding=True)
        await registry.vault.add(agent_id, "a key that nobody names")
        gone = AgentId(_new_id())
        ground.ids.append(gone)
        await registry.keys.begin(gone, is_adding=True)
        await registry.vault.add(gone, "a key of no agent")
        ground.clock.advance(A_DAY + WORK_IS_DUE)

    async def nothing_is_left(agent_id: AgentId, _: bool) -> None:
        assert await ground.vault.versions(agent_id) == ["2"]

    assert await _killed_everywhere(ground, (_start, _activate, abandoned), _repair, nothing_is_left) > 10


async def test_a_repair_spares_the_key_that_somebody_is_adding(ground: Ground) -> None:
    agent_id = await _prepared(ground)
    registry, _ = ground.process()
    await registry.keys.begin(agent_id, is_adding=False, due_at=ground.clock())
    await registry.keys.begin(agent_id, is_adding=True)
    added = await ground.vault.add(agent_id, "a key that is about to be named")

    await _repair(registry)

    assert added in await ground.vault.versions(agent_id)
