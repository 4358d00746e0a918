"""The model calls of a day in Firestore: one counter, incremented blindly.

An answer lost on the way may count calls twice.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from google.cloud.firestore_v1 import Increment

from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.firestore.documents import Merge

KEPT: Final = timedelta(days=3)
_CALL_BUDGET: Final = "call_budget"


class FirestoreCallBudget:
    """Implements `CallBudget`."""

    def __init__(self, database: FirestoreDatabase) -> None:
        self._database = database

    async def take(self, count: int, day: date) -> int:
        fields = {"calls": Increment(count), "expire_at": datetime.combine(day + KEPT, time(), UTC)}
        (counts,) = await self._database.commit(Merge(_CALL_BUDGET, day.isoformat(), fields))
        return counts["calls"]
