"""Tries in Firestore: a take is one blind commit, judged by the count that it returns.

The count goes on past the limit; an answer lost on the way may count one try twice.
"""

import math
from datetime import datetime
from typing import Final

from google.cloud.firestore_v1 import Increment

from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.firestore.documents import Merge, Update, hashed
from oqtopus.adapters.firestore.rpcs import Missing
from oqtopus.domain.throttles import Throttle
from oqtopus.errors import TooManyRequests

LONGEST_WAIT_SECONDS: Final = 3_600
_ATTEMPTS: Final = "attempts"


class FirestoreAttemptLedger:
    """Implements `AttemptLedger`."""

    def __init__(self, database: FirestoreDatabase) -> None:
        self._database = database

    async def take(self, throttle: Throttle, subject: str, now: datetime) -> None:
        ends_at = throttle.ends_at(now)
        fields = {"tries": Increment(1), "expire_at": ends_at}
        (counts,) = await self._database.commit(Merge(_ATTEMPTS, _name(throttle, subject, now), fields))
        if counts["tries"] > throttle.limit:
            seconds = math.ceil((ends_at - now).total_seconds())
            raise TooManyRequests(min(max(seconds, 1), LONGEST_WAIT_SECONDS))

    async def give_back(self, throttle: Throttle, subject: str, now: datetime) -> None:
        name = _name(throttle, subject, now)
        try:
            (counts,) = await self._database.commit(Update(_ATTEMPTS, name, {"tries": Increment(-1)}))
            if counts["tries"] < 0:
                # It was another window's, or given back before.
                await self._database.commit(Update(_ATTEMPTS, name, {"tries": Increment(1)}))
        except Missing:
            # Nothing was taken in this window.
            return


def _name(throttle: Throttle, subject: str, now: datetime) -> str:
    return hashed(throttle.name, subject, throttle.window_at(now).isoformat())
