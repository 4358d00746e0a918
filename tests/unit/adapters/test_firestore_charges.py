"""What a burst of charges costs, and what becomes of a charge whose outcome nobody knows."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date

import pytest

from oqtopus.adapters.firestore import charge_lines
from oqtopus.adapters.firestore.documents import Write
from oqtopus.adapters.firestore.quotas import FirestoreQuotaLedger
from oqtopus.domain.quotas import Quota
from oqtopus.errors import QuotaSpent, Unavailable
from tests.fakes.emulators import new_project
from tests.fakes.firestore import RecordedDatabase, recorded_database

DAY = date(2026, 3, 14)


class SilentDatabase(RecordedDatabase):
    """Does the first commit and does not say so; once it may answer, it is as good as any."""

    def __init__(self, project: str, emulator: str) -> None:
        super().__init__(project, emulator)
        self.may_answer, self.answers_again = asyncio.Event(), asyncio.Event()

    async def commit(self, *writes: Write, budget_seconds: float | None = None) -> Sequence[Mapping[str, int]]:
        if self.record.commits:
            await self.may_answer.wait()
        counts = await super().commit(*writes, budget_seconds=budget_seconds)
        if self.record.commits == 1:
            raise Unavailable("No answer.")
        self.answers_again.set()
        return counts


@pytest.fixture
async def database(emulators: dict[str, str]) -> AsyncIterator[RecordedDatabase]:
    async with recorded_database(emulators["FIRESTORE_EMULATOR_HOST"]) as opened:
        yield opened


async def test_a_burst_past_the_limit_commits_little(database: RecordedDatabase) -> None:
    ledger = FirestoreQuotaLedger(database)

    outcomes = await asyncio.gather(
        *(ledger.charge("ada", f"request-{number}", DAY, 5) for number in range(200)), return_exceptions=True
    )

    assert sum(isinstance(outcome, Quota) for outcome in outcomes) == 5
    assert database.record.commits <= 5 + 2 * charge_lines.AT_ONCE
    assert (await ledger.quota("ada", DAY, 5)).used == 5


async def test_a_refusal_does_not_stand_for_charges_that_come_later(database: RecordedDatabase) -> None:
    ledger = FirestoreQuotaLedger(database)
    await ledger.charge("ada", "first", DAY, 1)
    with pytest.raises(QuotaSpent):
        await ledger.charge("ada", "second", DAY, 1)
    await ledger.refund("ada", "first", DAY)

    assert (await ledger.charge("ada", "third", DAY, 1)).used == 1


async def test_a_request_that_was_charged_is_not_refused_by_anothers_refusal(database: RecordedDatabase) -> None:
    ledger = FirestoreQuotaLedger(database)
    await ledger.charge("ada", "known", DAY, 1)

    outcomes = await asyncio.gather(
        *(ledger.charge("ada", f"new-{number}", DAY, 1) for number in range(20)),
        ledger.charge("ada", "known", DAY, 1),
        return_exceptions=True,
    )

    assert isinstance(outcomes[-1], Quota)
    assert all(isinstance(outcome, QuotaSpent) for outcome in outcomes[:-1])


async def test_a_charge_that_was_made_but_not_answered_is_given_back(emulators: dict[str, str]) -> None:
    silent = SilentDatabase(new_project(), emulators["FIRESTORE_EMULATOR_HOST"])
    ledger = FirestoreQuotaLedger(silent)

    with pytest.raises(Unavailable):
        await ledger.charge("ada", "one", DAY, 5)
    before = (await ledger.quota("ada", DAY, 5)).used
    silent.may_answer.set()
    async with asyncio.timeout(5):
        await silent.answers_again.wait()
    after = (await ledger.quota("ada", DAY, 5)).used
    await silent.aclose()

    assert (before, after) == (1, 0)
