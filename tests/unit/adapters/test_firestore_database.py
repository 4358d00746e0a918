"""The client under the stores: what it takes of the SDK, its event loops, and what a store's methods cost."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from google.cloud.firestore_v1 import DELETE_FIELD, Increment, Maximum, Minimum
from google.cloud.firestore_v1.async_client import AsyncClient
from google.cloud.firestore_v1.services.firestore.async_client import FirestoreAsyncClient
from rotagent.keys import KeyManager  # type: ignore[import-untyped]  # rotagent ships no types

from oqtopus.adapters.firestore.accounts import FirestoreAccountStore
from oqtopus.adapters.firestore.agents import FirestoreAgentStore
from oqtopus.adapters.firestore.attempts import FirestoreAttemptLedger
from oqtopus.adapters.firestore.call_budget import FirestoreCallBudget
from oqtopus.adapters.firestore.client import FirestoreClient
from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.firestore.deliveries import FirestoreDeliveryLog
from oqtopus.adapters.firestore.documents import Create, Delete, Merge, Update, Write, hashed, name_of
from oqtopus.adapters.firestore.mail_tokens import FirestoreMailTokenStore
from oqtopus.adapters.firestore.quotas import FirestoreQuotaLedger
from oqtopus.adapters.firestore.replays import FirestoreIdempotencyLog
from oqtopus.adapters.firestore.rpcs import AlreadyThere, Changed, Missing, Refused
from oqtopus.adapters.firestore.sessions import FirestoreSessionStore
from oqtopus.domain.accounts import AccountId, MailPurpose, MailToken, Session
from oqtopus.domain.agents import AgentId, CallOutcome
from oqtopus.domain.throttles import Throttle
from tests.contract.backends import HOSTILE_IDS
from tests.fakes.agents import agent
from tests.fakes.emulators import new_project
from tests.fakes.firestore import Record, RecordedDatabase, recorded_database

NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
DAY = date(2026, 3, 14)


@pytest.fixture
async def database(emulators: dict[str, str]) -> AsyncIterator[RecordedDatabase]:
    async with recorded_database(emulators["FIRESTORE_EMULATOR_HOST"]) as opened:
        yield opened


def cost_of(record: Record) -> tuple[int, int, int]:
    """Calls that read, commits, documents written."""
    return len(record.reads), record.commits, len(record.writes)


class TestClient:
    """The private names of the SDK that we rely on; a new version that breaks one is seen here first."""

    async def test_the_sdk_asks_for_its_api_where_we_answer(self) -> None:
        client = FirestoreClient("demo-names", "(default)", "127.0.0.1:1")

        assert isinstance(vars(AsyncClient)["_firestore_api"], property)
        assert isinstance(client._firestore_api, FirestoreAsyncClient)
        await client.aclose()

    async def test_an_emulator_is_reached_by_the_argument_and_as_its_owner(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:9")
        client = FirestoreClient("demo-names", "(default)", "127.0.0.1:1")

        assert client._target == "127.0.0.1:1"
        assert ("authorization", "Bearer owner") in client._rpc_metadata
        await client.aclose()

    async def test_without_an_emulator_it_is_the_real_service_with_the_default_credentials(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.delenv("FIRESTORE_EMULATOR_HOST", raising=False)
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(_service_account(tmp_path)))
        client = FirestoreClient("demo-names", "other", "")

        assert client._target == "firestore.googleapis.com"
        assert client._database_string == "projects/demo-names/databases/other"
        assert client._credentials.service_account_email == "search@demo-names.iam.gserviceaccount.com"
        assert "authorization" not in dict(client._rpc_metadata)
        await client.aclose()


def test_each_event_loop_has_a_client_of_its_own_also_after_one_that_did_not_close_it(
    emulators: dict[str, str],
) -> None:
    database = FirestoreDatabase(new_project(), "(default)", emulators["FIRESTORE_EMULATOR_HOST"])

    used = [asyncio.run(_charged_once(database, f"request-{number}", closes=number != 1)) for number in range(4)]

    assert used == [1, 2, 3, 4]


async def test_a_closed_database_opens_again(database: RecordedDatabase) -> None:
    ledger = FirestoreQuotaLedger(database)
    await ledger.charge("ada", "one", DAY, 5)

    await database.aclose()
    await database.aclose()

    assert (await ledger.quota("ada", DAY, 5)).used == 1


async def test_what_a_write_does_not_name_stays(database: RecordedDatabase) -> None:
    fields: dict[str, object] = {
        "text": "a",
        "bytes": b"\0\xff",
        "none": None,
        "list": [],
        "map": {"x": [1, 2.5, True]},
        "at": NOW,
        "number": 1,
    }
    await database.commit(Create("kept", "one", fields))

    await database.commit(Update("kept", "one", {"number": Increment(2)}))
    await database.commit(Merge("kept", "one", {"number": Increment(3)}), Merge("kept", "two", {"text": "b"}))

    one, two = await database.get("kept", "one"), await database.get("kept", "two")
    assert one is not None
    assert two is not None
    assert one.fields == {**fields, "number": 6}
    assert two.fields == {"text": "b"}


async def test_a_commit_tells_what_each_write_has_incremented(database: RecordedDatabase) -> None:
    twice = {"z": Increment(2), "other": "x", "a": Increment(-1)}

    counts = await database.commit(
        Merge("c", "one", twice), Delete("c", "two"), Create("c", "three", {"n": Increment(5)})
    )

    assert counts == [{"z": 2, "a": -1}, {}, {"n": 5}]


async def test_numbers_inside_a_map_are_transformed_and_fields_deleted_by_their_paths(
    database: RecordedDatabase,
) -> None:
    await database.commit(Create("c", "one", {"map": {"kept": 1.5, "gone": 1}, "least": None, "most": 7, "gone": "x"}))
    fields: dict[str, object] = {
        "map.kept": Increment(0.25),
        "map.new.whole": Increment(2),
        "map.gone": DELETE_FIELD,
        "gone": DELETE_FIELD,
        "least": Minimum(5),
        "most": Maximum(3),
    }

    (counts,) = await database.commit(Update("c", "one", fields))

    one = await database.get("c", "one")
    assert one is not None
    assert one.fields == {"map": {"kept": 1.75, "new": {"whole": 2}}, "least": 5, "most": 7}
    assert counts == {"map.new.whole": 2, "least": 5, "most": 7}


async def test_a_condition_that_does_not_hold_refuses_the_whole_commit(database: RecordedDatabase) -> None:
    await database.commit(Create("c", "one", {"n": 1}))
    read = await database.get("c", "one")
    assert read is not None
    await database.commit(Update("c", "one", {"n": 2}, read.version))

    refused: list[tuple[type[Refused], Write]] = [
        (AlreadyThere, Create("c", "one", {})),
        (Missing, Update("c", "two", {"n": 1})),
        (Missing, Delete("c", "two", must_exist=True)),
        (Changed, Update("c", "one", {"n": 3}, read.version)),
        (Changed, Delete("c", "one", version=read.version)),
    ]
    for refusal, write in refused:
        with pytest.raises(refusal):
            await database.commit(Merge("c", "three", {"n": 1}), write)

    assert await database.get("c", "three") is None


class TestCost:
    """Each read and each write is paid for."""

    async def test_a_charge_reads_nothing_and_is_one_commit(self, database: RecordedDatabase) -> None:
        await FirestoreQuotaLedger(database).charge("ada", "one", DAY, 5)

        assert cost_of(database.record) == (0, 1, 2)

    async def test_a_refund_reads_nothing_and_is_one_commit(self, database: RecordedDatabase) -> None:
        await FirestoreQuotaLedger(database).refund("ada", "one", DAY)

        assert cost_of(database.record) == (0, 1, 3)

    async def test_candidates_are_one_query(self, database: RecordedDatabase) -> None:
        await FirestoreAgentStore(database).candidates(["Movie", "Cafe"], AccountId("ada"))

        assert cost_of(database.record) == (1, 0, 0)

    async def test_the_calls_of_a_search_are_one_read_and_one_commit_of_two_writes_each(
        self, database: RecordedDatabase
    ) -> None:
        store, agents = FirestoreAgentStore(database), [agent(f"agent {number}") for number in range(5)]
        await asyncio.gather(*map(store.add, agents))
        database.record = Record()

        await store.record([CallOutcome(called.id, 10.0, "timeout") for called in agents], NOW)

        assert cost_of(database.record) == (1, 5, 10)

    async def test_a_month_of_calls_is_one_read(self, database: RecordedDatabase) -> None:
        await FirestoreAgentStore(database).history(AgentId("films"), NOW)

        assert cost_of(database.record) == (1, 0, 0)

    async def test_sessions_are_found_and_touched_by_one_call_each(self, database: RecordedDatabase) -> None:
        store = FirestoreSessionStore(database)

        await store.add_session(Session("digest", AccountId("ada"), NOW, NOW))
        await store.session("digest")
        await store.touch_session("digest", NOW + timedelta(minutes=6))

        assert cost_of(database.record) == (1, 2, 2)

    async def test_a_new_delivery_is_one_write(self, database: RecordedDatabase) -> None:
        await FirestoreDeliveryLog(database).begin("one", NOW)

        assert cost_of(database.record) == (0, 1, 1)

    async def test_a_try_and_a_call_of_the_budget_read_nothing_and_are_one_write_each(
        self, database: RecordedDatabase
    ) -> None:
        await FirestoreAttemptLedger(database).take(Throttle("login", 10, timedelta(minutes=15)), "ada", NOW)
        await FirestoreCallBudget(database).take(3, DAY)

        assert cost_of(database.record) == (0, 2, 2)

    async def test_a_new_run_and_its_result_are_one_write_each(self, database: RecordedDatabase) -> None:
        log = FirestoreIdempotencyLog(database)

        await log.begin("ada", "key", "fingerprint", NOW)
        await log.finish("ada", "key", b"{}", NOW)

        assert cost_of(database.record) == (0, 2, 2)

    async def test_a_mailed_token_is_two_writes_to_put_and_two_reads_and_two_writes_to_take(
        self, database: RecordedDatabase
    ) -> None:
        store = FirestoreMailTokenStore(database)

        await store.put(MailToken("digest", AccountId("ada"), MailPurpose.RESET, NOW + timedelta(minutes=30)))
        await store.take("digest", MailPurpose.RESET, NOW)

        assert cost_of(database.record) == (2, 2, 4)

    async def test_a_thousand_sessions_end_in_few_commits(self, database: RecordedDatabase) -> None:
        sessions = [Create("sessions", f"d{n}", {"digest": f"d{n}", "account_id": "ada"}) for n in range(1_000)]
        for start in range(0, 1_000, 500):
            await database.commit(*sessions[start : start + 500])
        database.record = Record()

        await FirestoreSessionStore(database).end_all(AccountId("ada"))

        assert cost_of(database.record) == (2, 3, 1_000)

    async def test_an_address_that_is_free_is_one_read(self, database: RecordedDatabase) -> None:
        await FirestoreAccountStore(database).account_with_email("ada@example.org")

        assert cost_of(database.record) == (1, 0, 0)


@pytest.mark.parametrize("plain", ["agent-1", "x" * 200, "account:1:2026-03-14", "_x_", "0f" * 32])
def test_a_plain_id_is_its_documents_name(plain: str) -> None:
    assert name_of(plain) == plain


@pytest.mark.parametrize("hostile", [*HOSTILE_IDS, "x" * 201, "agent 1", "a\n", "\ud800", "__", "~" + "0" * 64])
def test_any_other_id_is_hashed(hostile: str) -> None:
    assert name_of(hostile) == f"~{hashed(hostile)}"


def test_where_one_part_ends_and_the_next_begins_counts() -> None:
    names = {hashed("a", "b"), hashed("ab", ""), hashed("", "ab"), hashed("a\nb"), hashed("ab")}

    assert len(names) == 5


async def _charged_once(database: FirestoreDatabase, request_id: str, closes: bool) -> int:
    quota = await FirestoreQuotaLedger(database).charge("ada", request_id, DAY, 5)
    if closes:
        await database.aclose()
    return quota.used


def _service_account(folder: Path) -> Path:
    """A key file that nobody is asked about until a call is made."""
    private_pem, _ = KeyManager.generate_rsa_keypair()
    account = {
        "type": "service_account",
        "project_id": "demo-names",
        "private_key_id": "1",
        "private_key": private_pem,
        "client_email": "search@demo-names.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    file = folder / "account.json"
    file.write_text(json.dumps(account), encoding="utf-8")
    return file
