"""Results by idempotency key in Firestore; `expire_at` ends a run as well as the memory of its result."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import uuid4

from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.firestore.documents import Create, Delete, Fields, Update, hashed
from oqtopus.adapters.firestore.rpcs import AlreadyThere, Changed, Missing, settled
from oqtopus.ports import Replay

RUNS_FOR: Final = timedelta(minutes=2)
REMEMBERED_FOR: Final = timedelta(hours=24)
LARGEST_RESULT_BYTES: Final = 700 * 1024
_REPLAYS: Final = "replays"


class FirestoreIdempotencyLog:
    """Implements `IdempotencyLog`."""

    def __init__(self, database: FirestoreDatabase) -> None:
        self._database = database

    async def begin(self, subject: str, key: str, fingerprint: str, now: datetime) -> tuple[Replay, bytes]:
        # `run` tells whether a run that is there is this one, begun by an attempt that got no answer.
        run = {"run": uuid4().hex, "fingerprint": fingerprint, "result": None, "expire_at": now + RUNS_FOR}
        return await settled(partial(self._begin, hashed(subject, key), run, now), self._database.limits)

    async def finish(self, subject: str, key: str, result: bytes, now: datetime) -> None:
        if len(result) > LARGEST_RESULT_BYTES:
            raise ValueError(f"A result of {len(result)} bytes is too large to keep.")
        fields = {"result": result, "expire_at": now + REMEMBERED_FOR}
        try:
            await self._database.commit(Update(_REPLAYS, hashed(subject, key), fields))
        except Missing:
            # It was abandoned, or was dead for so long that it is cleared up.
            return

    async def abandon(self, subject: str, key: str) -> None:
        name = hashed(subject, key)
        stored = await self._database.get(_REPLAYS, name)
        if stored is None or stored.fields["result"] is not None:
            return
        try:
            await self._database.commit(Delete(_REPLAYS, name, version=stored.version))
        except (Changed, Missing):
            # It is another's run by now, or finished, or gone.
            return

    async def _begin(self, name: str, run: Fields, now: datetime, is_maybe_done: bool) -> tuple[Replay, bytes]:
        try:
            await self._database.commit(Create(_REPLAYS, name, run))
        except AlreadyThere as refused:
            return await self._found(name, run, now, is_maybe_done or refused.is_maybe_done)
        return Replay.NEW, b""

    async def _found(self, name: str, run: Fields, now: datetime, is_maybe_done: bool) -> tuple[Replay, bytes]:
        stored = await self._database.get(_REPLAYS, name)
        if stored is None:
            raise Missing(is_maybe_done)
        if stored.fields["run"] == run["run"]:
            return Replay.NEW, b""
        # Firestore clears up what has expired a day late, so it is the time that counts.
        if stored.fields["expire_at"] <= now:
            await self._database.commit(Update(_REPLAYS, name, run, stored.version))
            return Replay.NEW, b""
        if stored.fields["fingerprint"] != run["fingerprint"]:
            return Replay.OTHER_BODY, b""
        result = stored.fields["result"]
        return (Replay.RUNNING, b"") if result is None else (Replay.DONE, result)
