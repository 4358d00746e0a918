"""Quotas in Firestore: a charge is one commit without a read, judged by the count that it returns."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from google.cloud.firestore_v1 import Increment

from oqtopus.adapters.firestore.charge_lines import ChargeLines
from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.firestore.documents import Create, Delete, Merge, Update, Write, hashed
from oqtopus.adapters.firestore.rpcs import AlreadyThere, Missing
from oqtopus.domain.quotas import Quota
from oqtopus.errors import QuotaSpent, Unavailable
from oqtopus.observability import event_log

log = event_log(__name__)

KEPT = timedelta(days=3)
REFUND_SECONDS = 15.0

_REQUESTS = "requests"
_QUOTAS = "quotas"


class FirestoreQuotaLedger:
    """Implements `QuotaLedger`.

    The count may pass the limit while refused charges are being given back; what passes is what came within it.
    """

    def __init__(self, database: FirestoreDatabase) -> None:
        self._database = database
        self._lines = ChargeLines()
        self._uncertain: set[asyncio.Task[None]] = set()

    async def charge(self, subject: str, request_id: str, day: date, limit: int) -> Quota:
        try:
            charge = partial(self._charge, subject, request_id, day, limit)
            return await self._lines.charged(_name(subject, day), charge)
        except QuotaSpent:
            # The refusal may be another's; a request that was charged before stays charged.
            if await self._database.get(_REQUESTS, hashed(subject, request_id)):
                return await self.quota(subject, day, limit)
            raise
        except Unavailable:
            self._give_back_later(subject, request_id, day)
            raise

    async def _charge(self, subject: str, request_id: str, day: date, limit: int) -> Quota:
        request, expire_at = hashed(subject, request_id), _expiry(day)
        try:
            _, counts = await self._database.commit(
                Create(_REQUESTS, request, {"day": day.isoformat(), "expire_at": expire_at}),
                Merge(_QUOTAS, _name(subject, day), {"used": Increment(1), "expire_at": expire_at}),
            )
            used = counts["used"]
        except AlreadyThere as refused:
            quota = await self.quota(subject, day, limit)
            if not refused.is_maybe_done:
                return quota
            # It was most likely this very charge, whose answer was lost.
            used = quota.used
        if used > limit:
            await self._give_back(subject, request, day)
            raise QuotaSpent(limit, Quota(used, limit, day).resets_at)
        return Quota(used, limit, day)

    async def refund(self, subject: str, request_id: str, day: date) -> None:
        """Of the day that was charged; the request stays known, so that it is neither charged nor refunded again."""
        request = hashed(subject, request_id)
        try:
            await self._lower(
                subject,
                day,
                Create(_REQUESTS, f"{request}:refund", {"expire_at": _expiry(day)}),
                Update(_REQUESTS, request, {"is_refunded": True}),
                budget_seconds=REFUND_SECONDS,
            )
        except (AlreadyThere, Missing):
            # It was refunded before, or never charged.
            return

    async def quota(self, subject: str, day: date, limit: int) -> Quota:
        document = await self._database.get(_QUOTAS, _name(subject, day))
        return Quota(document.fields["used"] if document else 0, limit, day)

    async def reset(self, subject: str, day: date) -> None:
        try:
            await self._database.commit(Update(_QUOTAS, _name(subject, day), {"used": 0}))
        except Missing:
            # Nothing is used.
            return

    def _give_back_later(self, subject: str, request_id: str, day: date) -> None:
        """A charge that got no answer may have been made; its asker was refused, so it must not stay."""
        giving = asyncio.create_task(self._give_back_if_made(subject, request_id, day))
        self._uncertain.add(giving)
        giving.add_done_callback(self._uncertain.discard)

    async def _give_back_if_made(self, subject: str, request_id: str, day: date) -> None:
        """As if it had never been: the same request sent again is charged like a new one."""
        try:
            await self._give_back(subject, hashed(subject, request_id), day, REFUND_SECONDS)
        except Unavailable:
            log.error("charge_uncertain", day=day.isoformat())

    async def _give_back(self, subject: str, request: str, day: date, budget_seconds: float | None = None) -> None:
        made = Delete(_REQUESTS, request, must_exist=True)
        try:
            await self._lower(subject, day, made, budget_seconds=budget_seconds)
        except Missing:
            # An attempt whose answer was lost has given it back.
            return

    async def _lower(self, subject: str, day: date, *writes: Write, budget_seconds: float | None = None) -> None:
        """Take one off the count in the same commit; what a reset has given back already does not go below zero."""
        name = _name(subject, day)
        lower = Update(_QUOTAS, name, {"used": Increment(-1)})
        *_, counts = await self._database.commit(*writes, lower, budget_seconds=budget_seconds)
        if counts["used"] < 0:
            await self._database.commit(Update(_QUOTAS, name, {"used": Increment(1)}))


def _name(subject: str, day: date) -> str:
    return f"{subject}:{day.isoformat()}"


def _expiry(day: date) -> datetime:
    return datetime.combine(day + KEPT, time(), UTC)
