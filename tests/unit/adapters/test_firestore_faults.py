"""Firestore that is silent, gone, restarted, or whose answer is lost after it has done what was asked."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from oqtopus.adapters.firestore.accounts import FirestoreAccountStore
from oqtopus.adapters.firestore.agents import FirestoreAgentStore
from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.firestore.deliveries import FirestoreDeliveryLog
from oqtopus.adapters.firestore.documents import Write, hashed
from oqtopus.adapters.firestore.mail_tokens import FirestoreMailTokenStore
from oqtopus.adapters.firestore.quotas import FirestoreQuotaLedger
from oqtopus.adapters.firestore.replays import FirestoreIdempotencyLog
from oqtopus.adapters.firestore.rpcs import RpcLimits
from oqtopus.adapters.firestore.sessions import FirestoreSessionStore
from oqtopus.domain.accounts import Account, AccountId, ApiToken, MailPurpose, MailToken, Scope, Session, TokenId
from oqtopus.domain.agents import SUSPENSION_AFTER_FAILURES, AgentId, AgentStatus, CallOutcome, Health
from oqtopus.errors import QuotaSpent, Unavailable
from oqtopus.ports import Claim, Replay
from tests.fakes.agents import agent
from tests.fakes.emulators import new_project
from tests.fakes.firestore import recorded_database, running_firestore
from tests.fakes.lossy_proxy import LossyProxy, lossy_proxy
from tests.fakes.system import free_ports

T = TypeVar("T")

NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
DAY = date(2026, 3, 14)
ADA = Account(AccountId("ada"), "ada@example.org", "Ada", "$argon2id$…", NOW)
TOKEN = ApiToken(TokenId("t1"), "digest", ADA.id, "t1", "oqt_abc", Scope.SEARCH, NOW, NOW + timedelta(days=90))
IMPATIENT = RpcLimits(attempt_seconds=0.1, budget_seconds=0.4)
HANGING_SECONDS = 10.0


class MutingDatabase(FirestoreDatabase):
    """Mutes the line to Firestore just before its next commit, when it has been told to."""

    def __init__(self, project: str, address: str, proxy: LossyProxy) -> None:
        super().__init__(project, "(default)", address)
        self._proxy = proxy
        self.mutes_next = False

    async def commit(self, *writes: Write, budget_seconds: float | None = None) -> Sequence[Mapping[str, int]]:
        if self.mutes_next:
            self.mutes_next = False
            self._proxy.mute()
        return await super().commit(*writes, budget_seconds=budget_seconds)


@dataclass(frozen=True, slots=True)
class Line:
    """A database behind a line that can lose answers, and the same one seen directly."""

    database: MutingDatabase
    direct: FirestoreDatabase
    proxy: LossyProxy

    async def losing_the_answer(self, call: Awaitable[T], collection: str, document_id: str) -> T:
        """The outcome of a call whose first commit changes this document while its answer never comes."""
        await self.database.get(collection, document_id)
        before = await self.direct.get(collection, document_id)
        self.database.mutes_next = True
        calling = asyncio.ensure_future(call)
        async with asyncio.timeout(HANGING_SECONDS):
            while await self.direct.get(collection, document_id) == before:
                assert not calling.done()
        self.proxy.cut()
        return await calling


@pytest.fixture
async def line(emulators: dict[str, str]) -> AsyncIterator[Line]:
    emulator, project = emulators["FIRESTORE_EMULATOR_HOST"], new_project()
    async with lossy_proxy(emulator) as (proxy, address):
        database = MutingDatabase(project, address, proxy)
        direct = FirestoreDatabase(project, "(default)", emulator)
        yield Line(database, direct, proxy)
        await database.aclose()
        await direct.aclose()


async def test_a_server_that_is_silent_is_unavailable_after_the_budget() -> None:
    # The kernel takes the connections, and nobody ever reads from them.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        database = FirestoreDatabase("demo-silent", "(default)", address, IMPATIENT)

        async with asyncio.timeout(HANGING_SECONDS):
            with pytest.raises(Unavailable):
                await FirestoreAccountStore(database).account(ADA.id)
            with pytest.raises(Unavailable):
                await FirestoreAgentStore(database).owned_by(ADA.id)
            with pytest.raises(Unavailable):
                await FirestoreAgentStore(database).record([CallOutcome(AgentId("agent-films"), 9.0)], NOW)
            with pytest.raises(Unavailable):
                await FirestoreQuotaLedger(database).charge("ada", "one", DAY, 5)
        await database.aclose()


async def test_where_nobody_listens_firestore_is_unavailable() -> None:
    database = FirestoreDatabase("demo-refused", "(default)", f"127.0.0.1:{free_ports(1)[0]}", IMPATIENT)

    with pytest.raises(Unavailable):
        await FirestoreAccountStore(database).account(ADA.id)
    await database.aclose()


async def until_answering(address: str) -> None:
    """An emulator listens before it can answer, for seconds on a busy machine; another client takes that wait."""
    async with recorded_database(address) as patient:
        assert await patient.get("accounts", "nobody") is None


async def test_a_server_that_is_restarted_is_found_again_by_the_same_client(
    emulators: dict[str, str], tmp_path: Path
) -> None:
    (port,) = free_ports(1)
    database = FirestoreDatabase("demo-restarted", "(default)", f"127.0.0.1:{port}", RpcLimits(budget_seconds=3.0))
    store = FirestoreAccountStore(database)
    with running_firestore(port, tmp_path / "first.log") as address:
        await until_answering(address)
        await store.add(ADA)

    with pytest.raises(Unavailable):
        await store.account(ADA.id)
    with running_firestore(port, tmp_path / "second.log") as address:
        await until_answering(address)
        # The emulator keeps its data in memory only.
        assert await store.account(ADA.id) is None
        await database.aclose()


async def test_a_charge_whose_answer_is_lost_takes_one(line: Line) -> None:
    charging = FirestoreQuotaLedger(line.database).charge("ada", "one", DAY, 5)

    quota = await line.losing_the_answer(charging, "quotas", f"ada:{DAY}")

    assert quota.used == 1
    assert (await FirestoreQuotaLedger(line.direct).quota("ada", DAY, 5)).used == 1


async def test_a_charge_past_the_limit_whose_answer_is_lost_is_refused_and_takes_none(line: Line) -> None:
    direct = FirestoreQuotaLedger(line.direct)
    await direct.charge("ada", "one", DAY, 1)

    with pytest.raises(QuotaSpent):
        await line.losing_the_answer(
            FirestoreQuotaLedger(line.database).charge("ada", "two", DAY, 1), "quotas", f"ada:{DAY}"
        )

    assert (await direct.quota("ada", DAY, 1)).used == 1


async def test_a_refund_whose_answer_is_lost_gives_back_once(line: Line) -> None:
    direct = FirestoreQuotaLedger(line.direct)
    await direct.charge("ada", "one", DAY, 5)
    await direct.charge("ada", "two", DAY, 5)

    await line.losing_the_answer(FirestoreQuotaLedger(line.database).refund("ada", "one", DAY), "quotas", f"ada:{DAY}")

    assert (await direct.quota("ada", DAY, 5)).used == 1


async def test_an_account_whose_answer_is_lost_does_not_conflict_with_itself(line: Line) -> None:
    await line.losing_the_answer(FirestoreAccountStore(line.database).add(ADA), "accounts", ADA.id)

    assert await FirestoreAccountStore(line.direct).account(ADA.id) == ADA


async def test_a_token_whose_answer_is_lost_is_added_once_and_revoked_once(line: Line) -> None:
    store, direct = FirestoreSessionStore(line.database), FirestoreSessionStore(line.direct)

    await line.losing_the_answer(store.add_token(TOKEN, 1, NOW), "token_lists", ADA.id)
    added = await direct.tokens(ADA.id)
    await line.losing_the_answer(store.remove_token(ADA.id, TOKEN.id), "token_lists", ADA.id)

    assert list(added) == [TOKEN]
    assert list(await direct.tokens(ADA.id)) == []


async def test_an_agent_whose_answer_is_lost_is_counted_once_for_its_owner(line: Line) -> None:
    store, direct = FirestoreAgentStore(line.database), FirestoreAgentStore(line.direct)
    films, books = agent("films"), agent("books")

    await line.losing_the_answer(store.add(films, at_most=1), "agents", films.id)
    await line.losing_the_answer(store.remove(films.id), "agents", films.id)
    await direct.add(books, at_most=1)

    assert list(await direct.owned_by(books.owner_id)) == [books]


async def test_a_change_whose_answer_is_lost_does_not_conflict_with_itself(line: Line) -> None:
    films = agent("films")
    changed = replace(films, name="more films", changed_at=NOW)
    await FirestoreAgentStore(line.direct).add(films)

    changing = FirestoreAgentStore(line.database).change(changed, films.changed_at)
    await line.losing_the_answer(changing, "agents", films.id)

    assert await FirestoreAgentStore(line.direct).agent(films.id) == changed


async def test_a_suspension_is_told_although_an_answer_was_lost(line: Line) -> None:
    failing = agent("films", health=Health(failures_in_a_row=SUSPENSION_AFTER_FAILURES))
    await FirestoreAgentStore(line.direct).add(failing)

    recording = FirestoreAgentStore(line.database).record([CallOutcome(failing.id, 9.0, "timeout")], NOW)
    told = await line.losing_the_answer(recording, "agents", failing.id)

    assert [suspended.status for suspended in told] == [AgentStatus.SUSPENDED]


async def test_a_claim_whose_answer_is_lost_is_still_taken(line: Line) -> None:
    claiming = FirestoreDeliveryLog(line.database).begin("one", NOW)

    assert await line.losing_the_answer(claiming, "deliveries", "one") is Claim.TAKEN
    assert await FirestoreDeliveryLog(line.direct).begin("one", NOW) is Claim.BUSY


async def test_a_mailed_token_whose_answer_is_lost_is_still_theirs_and_nobody_elses(line: Line) -> None:
    direct = FirestoreMailTokenStore(line.direct)
    await direct.put(MailToken("digest", ADA.id, MailPurpose.RESET, NOW + timedelta(minutes=30)))

    taking = FirestoreMailTokenStore(line.database).take("digest", MailPurpose.RESET, NOW)
    taker = await line.losing_the_answer(taking, "mail_tokens", "digest")

    assert taker == ADA.id
    assert await direct.take("digest", MailPurpose.RESET, NOW) is None


async def test_a_run_whose_answer_is_lost_is_still_new_and_no_other_is(line: Line) -> None:
    beginning = FirestoreIdempotencyLog(line.database).begin("ada", "key", "fingerprint", NOW)

    begun = await line.losing_the_answer(beginning, "replays", hashed("ada", "key"))

    assert begun == (Replay.NEW, b"")
    assert await FirestoreIdempotencyLog(line.direct).begin("ada", "key", "fingerprint", NOW) == (Replay.RUNNING, b"")


async def test_all_end_although_an_answer_is_lost(line: Line) -> None:
    direct = FirestoreSessionStore(line.direct)
    await direct.add_session(Session("digest", ADA.id, NOW, NOW))
    await direct.add_token(TOKEN, 1, NOW)

    await line.losing_the_answer(FirestoreSessionStore(line.database).end_all(ADA.id), "sessions", "digest")

    assert await direct.session("digest") is None
    assert list(await direct.tokens(ADA.id)) == []
