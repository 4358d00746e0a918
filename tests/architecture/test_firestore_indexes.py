"""infra/firestore.indexes.json says what Firestore's rules ask for of the queries that the stores really make.

The emulator answers a query without its index, so that nothing but this would tell.
https://firebase.google.com/docs/firestore/query-data/index-overview
"""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.cloud.firestore_v1.types import StructuredQuery

from oqtopus.adapters.firestore.accounts import FirestoreAccountStore
from oqtopus.adapters.firestore.agents import FirestoreAgentStore
from oqtopus.adapters.firestore.attempts import FirestoreAttemptLedger
from oqtopus.adapters.firestore.audit import FirestoreAuditTrail
from oqtopus.adapters.firestore.call_budget import FirestoreCallBudget
from oqtopus.adapters.firestore.contacts import FirestoreContactBook
from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.firestore.deliveries import FirestoreDeliveryLog
from oqtopus.adapters.firestore.documents import Delete
from oqtopus.adapters.firestore.key_journal import FirestoreKeyJournal
from oqtopus.adapters.firestore.mail_tokens import FirestoreMailTokenStore
from oqtopus.adapters.firestore.quotas import FirestoreQuotaLedger
from oqtopus.adapters.firestore.replays import FirestoreIdempotencyLog
from oqtopus.adapters.firestore.sessions import FirestoreSessionStore
from oqtopus.domain.accounts import Account, AccountId, ApiToken, MailPurpose, MailToken, Scope, Session, TokenId
from oqtopus.domain.agents import AgentId, AgentStatus, CallOutcome
from oqtopus.domain.throttles import Throttle
from oqtopus.ports import AuditEntry, KeyWork, Letter
from tests.fakes.agents import agent
from tests.fakes.firestore import Record, recorded_database

Index = tuple[str, tuple[tuple[str, str], ...]]
Comparison = tuple[str, StructuredQuery.FieldFilter.Operator]

DECLARED: dict[str, Any] = json.loads(Path("infra/firestore.indexes.json").read_text(encoding="utf-8"))
NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
DAY = date(2026, 3, 14)
ADA = AccountId("ada")
_Operator = StructuredQuery.FieldFilter.Operator
_ARRAYS = (_Operator.ARRAY_CONTAINS, _Operator.ARRAY_CONTAINS_ANY)
_RANGES = (
    _Operator.LESS_THAN,
    _Operator.LESS_THAN_OR_EQUAL,
    _Operator.GREATER_THAN,
    _Operator.GREATER_THAN_OR_EQUAL,
)


@pytest.fixture
async def record(emulators: dict[str, str]) -> AsyncIterator[Record]:
    """What the database is asked when every method of every store is used in all its variants."""
    async with recorded_database(emulators["FIRESTORE_EMULATOR_HOST"]) as database:
        await _use_accounts(FirestoreAccountStore(database), FirestoreSessionStore(database))
        await _use_agents(FirestoreAgentStore(database))
        await _use_quotas(FirestoreQuotaLedger(database))
        await _use_deliveries(FirestoreDeliveryLog(database))
        await _use_guards(database)
        await _use_books(FirestoreContactBook(database), FirestoreAuditTrail(database))
        yield database.record


async def test_the_composite_indexes_are_those_that_the_queries_need(record: Record) -> None:
    needed = {index for query in record.queries for index in _needed(query)}

    declared = [
        (index["collectionGroup"], tuple((field["fieldPath"], _kind(field)) for field in index["fields"]))
        for index in DECLARED["indexes"]
    ]

    assert all(index["queryScope"] == "COLLECTION" for index in DECLARED["indexes"])
    assert sorted(declared) == sorted(needed)


async def test_what_is_written_with_an_expiry_is_cleared_up_by_it(record: Record) -> None:
    expiring = {
        write.collection for write in record.writes if not isinstance(write, Delete) and "expire_at" in write.fields
    }

    declared = [
        (override["collectionGroup"], override["fieldPath"])
        for override in DECLARED["fieldOverrides"]
        if override.get("ttl")
    ]

    assert sorted(declared) == [(collection, "expire_at") for collection in sorted(expiring)]


async def test_no_query_uses_a_field_without_an_index(record: Record) -> None:
    used = {(query.from_[0].collection_id, field) for query in record.queries for field in _fields(query)}

    assert not used & {(each["collectionGroup"], each["fieldPath"]) for each in DECLARED["fieldOverrides"]}


async def test_every_exempted_field_is_one_that_is_written(record: Record) -> None:
    written = defaultdict[str, set[str]](set)
    for write in record.writes:
        if not isinstance(write, Delete):
            # A counter inside a field is named by its path.
            written[write.collection] |= {field.partition(".")[0] for field in write.fields}

    for override in DECLARED["fieldOverrides"]:
        assert override["fieldPath"] in written[override["collectionGroup"]]
        assert override["indexes"] == []


@pytest.mark.parametrize("collection", ["accounts", "agents", "sessions", "quotas", "anything"])
def test_nobody_but_our_functions_reads_or_writes(emulators: dict[str, str], collection: str) -> None:
    documents = f"http://{emulators['FIRESTORE_EMULATOR_HOST']}/v1/projects/demo-rules/databases/(default)/documents"

    with httpx.Client(trust_env=False, base_url=documents) as stranger:
        statuses = [
            stranger.get(f"/{collection}/one").status_code,
            stranger.get(f"/{collection}").status_code,
            stranger.post(f"/{collection}", json={"fields": {}}).status_code,
            stranger.patch(f"/{collection}/one", json={"fields": {}}).status_code,
            stranger.delete(f"/{collection}/one").status_code,
        ]
        ours = stranger.post(f"/{collection}", json={"fields": {}}, headers={"Authorization": "Bearer owner"})

    assert statuses == [403] * 5
    assert ours.status_code == 200


async def _use_accounts(accounts: FirestoreAccountStore, sessions: FirestoreSessionStore) -> None:
    token = ApiToken(TokenId("t1"), "digest", ADA, "t1", "oqt_abc", Scope.SEARCH, NOW, NOW)
    await accounts.add(Account(ADA, "ada@example.org", "Ada", "$argon2id$…", NOW))
    await accounts.account(ADA)
    await accounts.account_with_email("ada@example.org")
    await accounts.change_password_hash(ADA, "$argon2id$new")
    await accounts.mark_verified(ADA, NOW)
    await accounts.set_suspended(ADA, is_suspended=True)
    await sessions.add_session(Session("digest", ADA, NOW, NOW))
    await sessions.session("digest")
    await sessions.touch_session("digest", NOW)
    await sessions.remove_session("digest")
    await sessions.add_token(token, 10, NOW)
    await sessions.token("digest")
    await sessions.tokens(ADA)
    await sessions.remove_token(ADA, TokenId("t1"))
    await sessions.add_session(Session("digest", ADA, NOW, NOW))
    await sessions.add_token(token, 10, NOW)
    await sessions.end_all(ADA)


async def _use_agents(agents: FirestoreAgentStore) -> None:
    for number in range(101):
        await agents.add(agent(f"agent-{number}", owner_id=ADA), at_most=1_000)
    films = agent("films", owner_id=ADA, status=AgentStatus.SUSPENDED)
    await agents.add(films)
    await agents.agent(films.id)
    await agents.owned_by(ADA)
    for category in (None, "Movie"):
        for text in (None, "film"):
            await agents.public(category, text)
    for account_id in (None, ADA):
        await agents.candidates(["Movie"], account_id)
        await agents.candidates(["Movie", "Cafe", "Hotel", "Roofer"], account_id)
    await agents.record([CallOutcome(films.id, 9.0, is_probe=True)], NOW)
    await agents.record([CallOutcome(films.id, 9.0, "timeout")] * 3, NOW)
    await agents.history(films.id, NOW)
    await agents.due(NOW, 10)
    await agents.change(agent("films", owner_id=ADA, changed_at=NOW), films.changed_at)
    await agents.set_blocked(films.id, is_blocked=True)
    await agents.set_blocked(films.id, is_blocked=False)
    await agents.remove(films.id)


async def _use_quotas(quotas: FirestoreQuotaLedger) -> None:
    await quotas.charge("ada", "one", DAY, 5)
    await quotas.charge("ada", "one", DAY, 5)
    await quotas.refund("ada", "one", DAY)
    await quotas.quota("ada", DAY, 5)
    await quotas.reset("ada", DAY)


async def _use_deliveries(deliveries: FirestoreDeliveryLog) -> None:
    await deliveries.begin("one", NOW)
    await deliveries.abandon("one")
    await deliveries.finish("one", NOW)


async def _use_guards(database: FirestoreDatabase) -> None:
    throttle = Throttle("login", 10, timedelta(minutes=15))
    attempts, replays = FirestoreAttemptLedger(database), FirestoreIdempotencyLog(database)
    mail_tokens = FirestoreMailTokenStore(database)
    await attempts.take(throttle, "ada", NOW)
    await attempts.give_back(throttle, "ada", NOW)
    await mail_tokens.put(MailToken("digest", ADA, MailPurpose.RESET, NOW + timedelta(minutes=30)))
    await mail_tokens.take("digest", MailPurpose.RESET, NOW)
    await replays.begin("ada", "key", "fingerprint", NOW)
    await replays.abandon("ada", "key")
    await replays.begin("ada", "key", "fingerprint", NOW)
    await replays.finish("ada", "key", b"result", NOW)
    await FirestoreCallBudget(database).take(3, DAY)
    journal = FirestoreKeyJournal(database)
    await journal.begin(KeyWork("work", AgentId("films"), NOW))
    await journal.of_agent(AgentId("films"))
    await journal.due(NOW, 10)


async def _use_books(contacts: FirestoreContactBook, audit: FirestoreAuditTrail) -> None:
    await contacts.add(Letter("one", "Ada", "ada@example.org", "Hello.", NOW))
    await contacts.letter("one", NOW)
    await audit.add(AuditEntry(NOW, "login_refused", "account:ada"))
    await audit.recent(10, NOW)


def _needed(query: StructuredQuery) -> Iterator[Index]:
    """The composite indexes of a query: one for each way to fulfil its condition that also has an order.

    Equalities alone, also with one array, are answered by merging the indexes that every field has by itself.
    """
    orders = tuple((order.field.field_path, _direction(order)) for order in query.order_by)
    for comparisons in _disjuncts(query.where):
        equal = sorted({field for field, operator in comparisons if operator is _Operator.EQUAL})
        arrays = sorted({field for field, operator in comparisons if operator in _ARRAYS})
        ranges = {field for field, operator in comparisons if operator in _RANGES}
        assert ranges <= {field for field, _ in orders}, "a range orders by its field; say so in the query"
        if orders and (equal or arrays or len(orders) > 1):
            fields = (*((field, "ASCENDING") for field in equal), *((field, "CONTAINS") for field in arrays), *orders)
            yield query.from_[0].collection_id, fields


def _disjuncts(condition: StructuredQuery.Filter) -> list[list[Comparison]]:
    """The disjunctive normal form: the ways to fulfil the condition, each a list of comparisons."""
    if "field_filter" in condition:
        comparison = condition.field_filter
        assert comparison.op in (_Operator.EQUAL, *_ARRAYS, *_RANGES), "this test does not know what that needs"
        return [[(comparison.field.field_path, comparison.op)]]
    parts = [_disjuncts(part) for part in condition.composite_filter.filters]
    if condition.composite_filter.op is StructuredQuery.CompositeFilter.Operator.OR:
        return [way for part in parts for way in part]
    return [[comparison for way in ways for comparison in way] for ways in product(*parts)]


def _fields(query: StructuredQuery) -> set[str]:
    compared = {field for comparisons in _disjuncts(query.where) for field, _ in comparisons}
    return compared | {order.field.field_path for order in query.order_by}


def _direction(order: StructuredQuery.Order) -> str:
    return str(StructuredQuery.Direction(order.direction).name)


def _kind(field: dict[str, str]) -> str:
    return field.get("order") or field["arrayConfig"]
