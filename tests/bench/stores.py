"""Benchmarks of the Firestore stores against the emulator: 200 charges at once, and each operation by itself."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path

from oqtopus.adapters.firestore.accounts import FirestoreAccountStore
from oqtopus.adapters.firestore.agents import FirestoreAgentStore
from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.firestore.deliveries import FirestoreDeliveryLog
from oqtopus.adapters.firestore.quotas import FirestoreQuotaLedger
from oqtopus.adapters.firestore.sessions import FirestoreSessionStore
from oqtopus.domain.accounts import Account, AccountId, ApiToken, Scope, Session, TokenId
from oqtopus.domain.agents import CallOutcome
from oqtopus.domain.quotas import Quota
from oqtopus.errors import QuotaSpent
from tests.bench.figures import Figure
from tests.bench.processes import free_port
from tests.fakes.agents import agent
from tests.fakes.firestore import running_firestore

NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
DAY = NOW.date()
ADA = AccountId("ada")
AT_ONCE = 200
_WARM_UP = 300
_ROUNDS = 100

Operation = Callable[[int], Awaitable[object]]


def stores() -> Iterator[Figure]:
    """The emulator is warmed up first; the least of five rounds, since what else the machine does only adds."""
    with _firestore() as emulator:
        asyncio.run(_medians(emulator, "demo-warm-up", _WARM_UP))
        for limit in (5, AT_ONCE):
            rounds = [asyncio.run(_burst(emulator, f"demo-{limit}-{number}", limit)) for number in range(5)]
            yield Figure(f"{AT_ONCE} charges at once, limit {limit}", min(spent for spent, _ in rounds), "s", 0.5)
            wrong = max(abs(passed - limit) for _, passed in rounds)
            yield Figure(f"{AT_ONCE} charges at once, limit {limit}: wrongly passed or refused", wrong, "charges", 0)
        for name, median in asyncio.run(_medians(emulator, "demo-medians", _ROUNDS)).items():
            yield Figure(f"Firestore, {name}, p50", median, "ms", 5)


@contextmanager
def _firestore() -> Iterator[str]:
    with (
        tempfile.TemporaryDirectory(prefix="oqtopus-bench-") as folder,
        running_firestore(free_port(), Path(folder) / "firestore.log") as emulator,
    ):
        yield emulator


async def _burst(emulator: str, project: str, limit: int) -> tuple[float, int]:
    """Seconds until all are answered, and how many passed; any other error than a spent quota ends the benchmark."""
    database = FirestoreDatabase(project, "(default)", emulator)
    ledger = FirestoreQuotaLedger(database)
    await ledger.quota("ada", DAY, limit)
    charges = [_passed(ledger.charge("ada", f"request-{number}", DAY, limit)) for number in range(AT_ONCE)]
    started = time.perf_counter()
    passed = await asyncio.gather(*charges)
    spent = time.perf_counter() - started
    await database.aclose()
    return spent, sum(passed)


async def _passed(charge: Awaitable[Quota]) -> bool:
    try:
        await charge
    except QuotaSpent:
        return False
    return True


async def _medians(emulator: str, project: str, rounds: int) -> dict[str, float]:
    """Milliseconds of each operation, one after another."""
    database = FirestoreDatabase(project, "(default)", emulator)
    await FirestoreAgentStore(database).add(agent("films"))
    await FirestoreAgentStore(database).add(agent("changing", changed_at=NOW))
    numbers = count()
    medians = {}
    for name, operation in _operations(database).items():
        times = []
        for _ in range(rounds):
            number = next(numbers)
            started = time.perf_counter()
            await operation(number)
            times.append((time.perf_counter() - started) * 1_000)
        medians[name] = statistics.median(times)
    await database.aclose()
    return medians


def _operations(database: FirestoreDatabase) -> Mapping[str, Operation]:
    """In an order in which each finds what it needs."""
    accounts, sessions = FirestoreAccountStore(database), FirestoreSessionStore(database)
    agents, quotas = FirestoreAgentStore(database), FirestoreQuotaLedger(database)
    deliveries = FirestoreDeliveryLog(database)
    films = agent("films").id
    return {
        "add an account": lambda n: accounts.add(Account(AccountId(f"a{n}"), f"{n}@example.org", "Ada", "hash", NOW)),
        "account by address": lambda _: accounts.account_with_email("1@example.org"),
        "add a session": lambda n: sessions.add_session(Session(f"digest-{n}", ADA, NOW, NOW)),
        "session": lambda _: sessions.session("digest"),
        "touch a session": lambda _: sessions.touch_session("digest", NOW),
        "add a token": lambda n: sessions.add_token(_token(n), 10, NOW),
        "token": lambda _: sessions.token("digest"),
        "tokens": lambda _: sessions.tokens(ADA),
        "charge": lambda n: quotas.charge(f"account:{n}", f"request-{n}", DAY, 5),
        "refund": lambda n: quotas.refund(f"account:{n}", f"request-{n}", DAY),
        "quota": lambda _: quotas.quota("account:1", DAY, 5),
        "add an agent": lambda n: agents.add(agent(f"{n}", categories=(f"category {n % 50}",))),
        "agent": lambda _: agents.agent(films),
        "change an agent": partial(_change, agents),
        "8 candidates": lambda _: agents.candidates(["category 1", "category 2"], ADA),
        "record a search's calls": lambda _: agents.record([CallOutcome(films, 9.0)], NOW),
        "due": lambda _: agents.due(NOW, 10),
        "begin a delivery": lambda n: deliveries.begin(f"{n}", NOW),
        "finish a delivery": lambda n: deliveries.finish(f"{n}", NOW),
    }


async def _change(agents: FirestoreAgentStore, number: int) -> None:
    """Its URL alone: the time of the change, which guards it, stays."""
    await agents.change(agent("changing", url=f"https://{number}.example.org", changed_at=NOW), NOW)


def _token(number: int) -> ApiToken:
    expires_at = NOW + timedelta(days=90)
    owner = AccountId(f"owner {number}")
    return ApiToken(TokenId(f"t{number}"), f"digest-{number}", owner, "t", "oqt_abc", Scope.SEARCH, NOW, expires_at)
