"""Handled messages in Firestore; `expire_at` ends a claim as well as the memory of a finished delivery."""

from datetime import datetime, timedelta
from functools import partial

from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.firestore.documents import Create, Delete, Fields, Merge, Update
from oqtopus.adapters.firestore.rpcs import AlreadyThere, Changed, Missing, settled
from oqtopus.ports import Claim

# A little more than a function may take: after that nobody is at it any more.
CLAIMED_FOR = timedelta(seconds=150)
REMEMBERED_FOR = timedelta(days=8)

_DELIVERIES = "deliveries"


class FirestoreDeliveryLog:
    """Implements `DeliveryLog`."""

    def __init__(self, database: FirestoreDatabase) -> None:
        self._database = database

    async def begin(self, delivery_id: str, now: datetime) -> Claim:
        return await settled(partial(self._begin, delivery_id, now), self._database.limits)

    async def finish(self, delivery_id: str, now: datetime) -> None:
        fields = {"is_finished": True, "expire_at": now + REMEMBERED_FOR}
        await self._database.commit(Merge(_DELIVERIES, delivery_id, fields))

    async def abandon(self, delivery_id: str) -> None:
        stored = await self._database.get(_DELIVERIES, delivery_id)
        if stored is None or stored.fields["is_finished"]:
            return
        try:
            await self._database.commit(Delete(_DELIVERIES, delivery_id, version=stored.version))
        except (Changed, Missing):
            # It is another's claim by now, or finished, or gone.
            return

    async def _begin(self, delivery_id: str, now: datetime, is_maybe_done: bool) -> Claim:
        claim = {"is_finished": False, "expire_at": now + CLAIMED_FOR}
        try:
            await self._database.commit(Create(_DELIVERIES, delivery_id, claim))
        except AlreadyThere as refused:
            return await self._taken_over(delivery_id, claim, now, is_maybe_done or refused.is_maybe_done)
        return Claim.TAKEN

    async def _taken_over(self, delivery_id: str, claim: Fields, now: datetime, is_maybe_done: bool) -> Claim:
        stored = await self._database.get(_DELIVERIES, delivery_id)
        if stored is None:
            raise Missing(is_maybe_done)
        if is_maybe_done and stored.fields == claim:
            return Claim.TAKEN
        # Firestore clears up what has expired a day late, so it is the time that counts.
        if now < stored.fields["expire_at"]:
            return Claim.DONE if stored.fields["is_finished"] else Claim.BUSY
        await self._database.commit(Update(_DELIVERIES, delivery_id, claim, stored.version))
        return Claim.TAKEN
