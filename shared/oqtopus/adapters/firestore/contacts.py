"""Letters from the contact form in Firestore."""

from datetime import datetime, timedelta
from typing import Final

from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.firestore.documents import Merge
from oqtopus.ports import Letter

KEPT: Final = timedelta(days=30)
_LETTERS: Final = "letters"


class FirestoreContactBook:
    """Implements `ContactBook`."""

    def __init__(self, database: FirestoreDatabase) -> None:
        self._database = database

    async def add(self, letter: Letter) -> None:
        fields = {
            "id": letter.id,
            "name": letter.name,
            "email": letter.email,
            "text": letter.text,
            "sent_at": letter.sent_at,
            "expire_at": letter.sent_at + KEPT,
        }
        # An id is new, so what is there is this letter, written by an attempt that got no answer.
        await self._database.commit(Merge(_LETTERS, letter.id, fields))

    async def letter(self, letter_id: str, now: datetime) -> Letter | None:
        document = await self._database.get(_LETTERS, letter_id)
        # Firestore clears up what has expired a day late, so it is the time that counts.
        if document is None or document.fields["expire_at"] <= now:
            return None
        fields = document.fields
        return Letter(fields["id"], fields["name"], fields["email"], fields["text"], fields["sent_at"])
