"""Searches under an `Idempotency-Key`: sent twice, run and charged once (Q6).

infra/decisions/0011-idempotency-keys.md says why a key has attempts, and which of them are charged.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from functions.search.service import Question, Search, Searches
from functions.search.synthesis import Emit
from oqtopus.domain.accounts import Caller
from oqtopus.domain.events import Delta, Event
from oqtopus.domain.quotas import Quota, subject_of
from oqtopus.errors import Conflict, Unprocessable, Violation
from oqtopus.ports import IdempotencyLog, Replay

MAX_ATTEMPTS: Final = 5
MAX_KEPT_BYTES: Final = 700 * 1024

# What stands in the log instead of events, none of which begins like this.
_REFUNDED: Final = b"refunded"
_PAID: Final = b"paid:"

Encode = Callable[[Event], tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Kept:
    """The events of a search that is over, as NDJSON, and the quota as it is now."""

    lines: bytes
    quota: Quota


@dataclass(frozen=True, slots=True)
class _Entry:
    """One attempt's place in the log."""

    replays: IdempotencyLog
    subject: str
    key: str


@dataclass(slots=True)
class KeyedSearch:
    """A search whose events are kept once it has answered."""

    search: Search
    entry: _Entry
    encode: Encode
    lines: list[bytes] = field(default_factory=list, init=False)

    @property
    def quota(self) -> Quota:
        return self.search.quota

    async def run(self, emit: Emit) -> None:
        await self.search.run(partial(self._pass_on, emit))

    async def settle(self) -> None:
        """A client may send its key again as soon as it has the answer, so the answer is kept before all else.

        A refund comes before its mark: marked first and then not given, the next attempt would be charged as well.
        """
        if self.search.is_owed:
            await self.search.settle()
            await self._finish(_REFUNDED)
            return
        kept = b"".join(self.lines)
        try:
            await self._finish(kept if len(kept) <= MAX_KEPT_BYTES else self._paid)
        finally:
            await self.search.settle()

    async def leave(self) -> None:
        await self.search.leave()
        await self._finish(self._paid)

    @property
    def _paid(self) -> bytes:
        return _PAID + self.search.charge_id.encode()

    async def _finish(self, result: bytes) -> None:
        entry = self.entry
        await entry.replays.finish(entry.subject, entry.key, result, self.search.searches.clock())

    def _pass_on(self, emit: Emit, event: Event) -> None:
        emit(event)
        if not isinstance(event, Delta):
            self.lines.append(self.encode(event)[1] + b"\n")


@dataclass(frozen=True, slots=True)
class KeyedSearches:
    """Opens searches that bring a key; `encode` gives an event's type and its JSON."""

    searches: Searches
    replays: IdempotencyLog
    encode: Encode

    async def open(self, caller: Caller, question: Question, key: str, fingerprint: str) -> KeyedSearch | Kept:
        """What the key has brought already, or its next attempt; `Conflict` while one runs, or after too many."""
        subject, now = subject_of(caller), self.searches.clock()
        charged_for = (subject, key, fingerprint, now.date().isoformat())
        charge_id = _hashed(*charged_for, "0")
        for attempt in range(MAX_ATTEMPTS):
            # No client's key has a space in it.
            entry = _Entry(self.replays, subject, f"{key} {attempt}" if attempt else key)
            replay, result = await self.replays.begin(subject, entry.key, fingerprint, now)
            match replay:
                case Replay.NEW:
                    return await self._attempt(entry, caller, question, charge_id)
                case Replay.RUNNING:
                    raise Conflict("A search with this Idempotency-Key is running; wait for its end.")
                case Replay.OTHER_BODY:
                    raise Unprocessable(Violation("/Idempotency-Key", "This key came with another body before."))
                case Replay.DONE if result == _REFUNDED:
                    charge_id = _hashed(*charged_for, str(attempt + 1))
                case Replay.DONE if result.startswith(_PAID):
                    charge_id = result.removeprefix(_PAID).decode()
                case Replay.DONE:
                    return Kept(result, await self.searches.quota(caller))
        raise Conflict(f"This Idempotency-Key was tried {MAX_ATTEMPTS} times without an answer; take a new one.")

    async def _attempt(self, entry: _Entry, caller: Caller, question: Question, charge_id: str) -> KeyedSearch:
        """Charge and open the search; one that cannot be opened leaves no trace of its key."""
        opened: Search | None = None
        try:
            opened = await self.searches.open(caller, question, charge_id)
        finally:
            if opened is None:
                await self.replays.abandon(entry.subject, entry.key)
        return KeyedSearch(opened, entry, self.encode)


def _hashed(*parts: str) -> str:
    """An id of these parts and no others: none of them holds a line break."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
