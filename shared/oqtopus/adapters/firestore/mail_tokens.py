"""The secrets of mailed links in Firestore: a document for each, and a head for each account and purpose.

The head names the newest token. Whoever takes that one deletes it and signs the head in the same commit, so that a
commit whose answer was lost is known by its signature.
"""

from datetime import datetime
from uuid import uuid4

from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.firestore.documents import Delete, Document, Merge, Update
from oqtopus.adapters.firestore.rpcs import Refused
from oqtopus.domain.accounts import AccountId, MailPurpose, MailToken

_TOKENS = "mail_tokens"
_HEADS = "mail_token_heads"


class FirestoreMailTokenStore:
    """Implements `MailTokenStore`."""

    def __init__(self, database: FirestoreDatabase) -> None:
        self._database = database

    async def put(self, token: MailToken) -> None:
        fields = {"account_id": token.account_id, "purpose": token.purpose.value, "expire_at": token.expires_at}
        head = {"digest": token.digest, "taken_by": None, "expire_at": token.expires_at}
        await self._database.commit(
            Merge(_TOKENS, token.digest, fields), Merge(_HEADS, _head_of(token.account_id, token.purpose), head)
        )

    async def take(self, digest: str, purpose: MailPurpose, now: datetime) -> AccountId | None:
        token = await self._database.get(_TOKENS, digest)
        if token is None or token.fields["purpose"] != purpose or token.fields["expire_at"] <= now:
            return None
        account_id = AccountId(token.fields["account_id"])
        head = await self._database.get(_HEADS, _head_of(account_id, purpose))
        if head is None or head.fields["digest"] != digest:
            return None
        return account_id if await self._is_taken(digest, token, _head_of(account_id, purpose), head) else None

    async def _is_taken(self, digest: str, token: Document, head_name: str, head: Document) -> bool:
        """Whether it was for us; another take or a newer token that came between makes it nobody's."""
        taker = uuid4().hex
        try:
            await self._database.commit(
                Delete(_TOKENS, digest, version=token.version),
                Update(_HEADS, head_name, {"digest": None, "taken_by": taker}, head.version),
            )
        except Refused as refused:
            signed = await self._database.get(_HEADS, head_name) if refused.is_maybe_done else None
            return signed is not None and signed.fields["taken_by"] == taker
        return True


def _head_of(account_id: AccountId, purpose: MailPurpose) -> str:
    return f"{account_id}:{purpose.value}"
