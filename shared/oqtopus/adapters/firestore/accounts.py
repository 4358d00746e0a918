"""Accounts in Firestore; an address is a document of its own, which two accounts cannot both create."""

from datetime import datetime
from functools import partial

from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.firestore.documents import Create, Document, Update, hashed
from oqtopus.adapters.firestore.rpcs import AlreadyThere, Missing, settled
from oqtopus.domain.accounts import Account, AccountId
from oqtopus.errors import Conflict, NotFound

_ACCOUNTS = "accounts"
_EMAILS = "account_emails"


class FirestoreAccountStore:
    """Implements `AccountStore`."""

    def __init__(self, database: FirestoreDatabase) -> None:
        self._database = database

    async def add(self, account: Account) -> None:
        try:
            await self._database.commit(
                Create(_ACCOUNTS, account.id, _fields_of(account)),
                Create(_EMAILS, hashed(account.email), {"account_id": account.id}),
            )
        except AlreadyThere as refused:
            if refused.is_maybe_done and await self._id_with(account.email) == account.id:
                return
            raise Conflict("There is an account with this e-mail address.") from refused

    async def account(self, account_id: AccountId) -> Account | None:
        document = await self._database.get(_ACCOUNTS, account_id)
        return _account_of(document) if document else None

    async def account_with_email(self, email: str) -> Account | None:
        account_id = await self._id_with(email)
        return await self.account(account_id) if account_id else None

    async def change_password_hash(
        self, account_id: AccountId, password_hash: str, expected: str | None = None
    ) -> bool:
        change = partial(self._change_password_hash, account_id, password_hash, expected)
        return await settled(change, self._database.limits)

    async def _change_password_hash(
        self, account_id: AccountId, password_hash: str, expected: str | None, is_maybe_done: bool
    ) -> bool:
        stored = await self._database.get(_ACCOUNTS, account_id)
        if stored is None:
            return False
        current = stored.fields["password_hash"]
        if is_maybe_done and current == password_hash:
            return True
        if expected is not None and current != expected:
            return False
        await self._database.commit(Update(_ACCOUNTS, account_id, {"password_hash": password_hash}, stored.version))
        return True

    async def mark_verified(self, account_id: AccountId, at: datetime) -> None:
        try:
            await self._database.commit(Update(_ACCOUNTS, account_id, {"verified_at": at}))
        except Missing:
            return

    async def set_suspended(self, account_id: AccountId, *, is_suspended: bool) -> None:
        try:
            await self._database.commit(Update(_ACCOUNTS, account_id, {"is_suspended": is_suspended}))
        except Missing as missing:
            raise NotFound from missing

    async def _id_with(self, email: str) -> AccountId | None:
        document = await self._database.get(_EMAILS, hashed(email))
        return AccountId(document.fields["account_id"]) if document else None


def _fields_of(account: Account) -> dict[str, object]:
    return {
        "id": account.id,
        "email": account.email,
        "username": account.username,
        "password_hash": account.password_hash,
        "created_at": account.created_at,
        "verified_at": account.verified_at,
        "is_suspended": account.is_suspended,
    }


def _account_of(document: Document) -> Account:
    fields = document.fields
    return Account(
        id=fields["id"],
        email=fields["email"],
        username=fields["username"],
        password_hash=fields["password_hash"],
        created_at=fields["created_at"],
        # Accounts from before addresses were verified have neither field.
        verified_at=fields.get("verified_at"),
        is_suspended=fields.get("is_suspended", False),
    )
