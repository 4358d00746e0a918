"""Sessions and API tokens in Firestore, by the digest of their secret.

`token_lists` holds the id, digest and expiry of each of an account's tokens, so that they can be counted and revoked
without a query; it changes in the same commit as the tokens.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from google.cloud.firestore_v1.base_query import FieldFilter

from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.firestore.documents import Create, Delete, Document, Merge, Update, Write, comparable
from oqtopus.adapters.firestore.rpcs import Missing, settled
from oqtopus.domain.accounts import SESSION_IDLE, SESSION_LIFETIME, AccountId, ApiToken, Scope, Session, TokenId
from oqtopus.errors import Conflict, NotFound

_SESSIONS = "sessions"
_TOKENS = "tokens"
_LISTS = "token_lists"
# Firestore takes 500 writes in a commit.
_DELETED_AT_ONCE: Final = 400

# Any: an entry is {digest, expires_at}, by the token's id.
_Entries = Mapping[str, Mapping[str, Any]]


class FirestoreSessionStore:
    """Implements `SessionStore`."""

    def __init__(self, database: FirestoreDatabase) -> None:
        self._database = database

    async def add_session(self, session: Session) -> None:
        fields = {
            "digest": session.digest,
            "account_id": session.account_id,
            "created_at": session.created_at,
            "seen_at": session.seen_at,
            "expire_at": min(session.created_at + SESSION_LIFETIME, session.seen_at + SESSION_IDLE),
        }
        # A secret is new, so what is there is this session, written by an attempt that got no answer.
        await self._database.commit(Merge(_SESSIONS, session.digest, fields))

    async def session(self, digest: str) -> Session | None:
        document = await self._database.get(_SESSIONS, digest)
        return _session_of(document) if document else None

    async def touch_session(self, digest: str, seen_at: datetime) -> None:
        # Its lifetime may end sooner, but to know that costs a read, and `expire_at` only clears up: the caller checks.
        fields = {"seen_at": seen_at, "expire_at": seen_at + SESSION_IDLE}
        try:
            await self._database.commit(Update(_SESSIONS, digest, fields))
        except Missing:
            # It was removed meanwhile and must not come back.
            return

    async def remove_session(self, digest: str) -> None:
        await self._database.commit(Delete(_SESSIONS, digest))

    async def end_all(self, account_id: AccountId) -> None:
        # Sessions first: whoever makes a token looks afterwards whether the session is still there.
        digests = [document.fields["digest"] for document in await self._of_account(_SESSIONS, account_id)]
        for start in range(0, len(digests), _DELETED_AT_ONCE):
            ended = digests[start : start + _DELETED_AT_ONCE]
            await self._database.commit(*(Delete(_SESSIONS, digest) for digest in ended))
        await settled(partial(self._remove_tokens, account_id), self._database.limits)

    async def add_token(self, token: ApiToken, at_most: int, now: datetime) -> None:
        await settled(partial(self._add_token, token, at_most, now), self._database.limits)

    async def token(self, digest: str) -> ApiToken | None:
        document = await self._database.get(_TOKENS, digest)
        return _token_of(document) if document else None

    async def tokens(self, account_id: AccountId) -> Sequence[ApiToken]:
        tokens = [_token_of(document) for document in await self._of_account(_TOKENS, account_id)]
        return sorted(tokens, key=lambda token: (token.created_at, token.id))

    async def remove_token(self, account_id: AccountId, token_id: TokenId) -> None:
        await settled(partial(self._remove_token, account_id, token_id), self._database.limits)

    async def _of_account(self, collection: str, account_id: AccountId) -> Sequence[Document]:
        of_account = FieldFilter("account_id", "==", comparable(account_id))
        return await self._database.run(self._database.collection(collection).where(filter=of_account))

    async def _add_token(self, token: ApiToken, at_most: int, now: datetime, is_maybe_done: bool) -> None:
        listed = await self._database.get(_LISTS, token.account_id)
        entries = _entries_of(listed)
        if is_maybe_done and token.id in entries:
            return
        live = {token_id: entry for token_id, entry in entries.items() if now < entry["expires_at"]}
        if len(live) >= at_most:
            raise Conflict(f"There are {at_most} live API tokens already; revoke one first.")
        entry = {"digest": token.digest, "expires_at": token.expires_at}
        expired = [entry["digest"] for token_id, entry in entries.items() if token_id not in live]
        await self._database.commit(
            _replaced(token.account_id, listed, {**live, token.id: entry}),
            Create(_TOKENS, token.digest, _token_fields_of(token)),
            *(Delete(_TOKENS, digest) for digest in expired),
        )

    async def _remove_token(self, account_id: AccountId, token_id: TokenId, is_maybe_done: bool) -> None:
        listed = await self._database.get(_LISTS, account_id)
        rest = dict(_entries_of(listed))
        removed = rest.pop(token_id, None)
        if removed is None:
            if is_maybe_done:
                return
            raise NotFound
        await self._database.commit(_replaced(account_id, listed, rest), Delete(_TOKENS, removed["digest"]))

    async def _remove_tokens(self, account_id: AccountId, _: bool) -> None:
        """All that are listed: a token that comes between changes the list, and this begins anew."""
        listed = await self._database.get(_LISTS, account_id)
        if entries := _entries_of(listed):
            removed = (Delete(_TOKENS, entry["digest"]) for entry in entries.values())
            await self._database.commit(_replaced(account_id, listed, {}), *removed)


def _entries_of(listed: Document | None) -> _Entries:
    return {entry["id"]: entry for entry in listed.fields["tokens"]} if listed else {}


def _replaced(account_id: AccountId, listed: Document | None, entries: _Entries) -> Write:
    """The list with these entries, provided that it is still the one that was read, or that there is still none."""
    # An array, because a token's id as the key of a map would have to be quoted.
    fields = {"tokens": [{**entry, "id": token_id} for token_id, entry in entries.items()]}
    if listed is None:
        return Create(_LISTS, account_id, fields)
    return Update(_LISTS, account_id, fields, listed.version)


def _session_of(document: Document) -> Session:
    fields = document.fields
    return Session(fields["digest"], fields["account_id"], fields["created_at"], fields["seen_at"])


def _token_fields_of(token: ApiToken) -> dict[str, object]:
    return {
        "id": token.id,
        "digest": token.digest,
        "account_id": token.account_id,
        "name": token.name,
        "hint": token.hint,
        "scope": token.scope.value,
        "created_at": token.created_at,
        "expire_at": token.expires_at,
    }


def _token_of(document: Document) -> ApiToken:
    fields = document.fields
    return ApiToken(
        id=fields["id"],
        digest=fields["digest"],
        account_id=fields["account_id"],
        name=fields["name"],
        hint=fields["hint"],
        scope=Scope(fields["scope"]),
        created_at=fields["created_at"],
        expires_at=fields["expire_at"],
    )
