"""What operators look back at, in Firestore."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from google.cloud.firestore_v1.base_query import FieldFilter

from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.firestore.documents import Document, Merge
from oqtopus.ports import AuditEntry

KEPT: Final = timedelta(days=30)
_AUDIT: Final = "audit"


class FirestoreAuditTrail:
    """Implements `AuditTrail`."""

    def __init__(self, database: FirestoreDatabase) -> None:
        self._database = database

    async def add(self, entry: AuditEntry) -> None:
        fields = {
            "at": entry.at,
            "event": entry.event,
            "subject": entry.subject,
            "detail": entry.detail,
            "expire_at": entry.at + KEPT,
        }
        await self._database.commit(Merge(_AUDIT, uuid4().hex, fields))

    async def recent(self, at_most: int, now: datetime) -> Sequence[AuditEntry]:
        # Firestore clears up what has expired a day late, so it is the time that counts.
        kept = self._database.collection(_AUDIT).where(filter=FieldFilter("at", ">", now - KEPT))
        documents = await self._database.run(kept.order_by("at", direction="DESCENDING").limit(at_most))
        return [_entry_of(document) for document in documents]


def _entry_of(document: Document) -> AuditEntry:
    fields = document.fields
    return AuditEntry(fields["at"], fields["event"], fields["subject"], fields["detail"])
