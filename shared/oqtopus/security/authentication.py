"""Who sends a request: the credential is checked at each one, and what is not valid is never a guest (S4)."""

from datetime import timedelta

from oqtopus.domain.accounts import AccountId, Caller, Scope
from oqtopus.errors import Forbidden, Unauthenticated
from oqtopus.ports import Clock, SessionStore
from oqtopus.security.credentials import CredentialKind, digest, kind_of
from oqtopus.security.subject_keys import network_key

_TOUCH_AFTER = timedelta(minutes=5)


class Authenticator:
    """Turns a bearer credential into a caller; nothing is cached, so a revoked one is refused at once (S8)."""

    def __init__(self, sessions: SessionStore, clock: Clock, secret_key: str) -> None:
        self._sessions = sessions
        self._clock = clock
        self._secret_key = secret_key

    async def caller(self, bearer: str | None, network: str) -> Caller:
        """The holder of the credential, or a guest when there is none; `Unauthenticated` when it is not valid."""
        if bearer is None:
            return self._guest(network)
        match kind_of(bearer):
            case CredentialKind.SESSION:
                return await self._session_holder(digest(bearer))
            case CredentialKind.TOKEN:
                return await self._token_holder(digest(bearer))
            case CredentialKind.MAIL | None:
                raise Unauthenticated

    def _guest(self, network: str) -> Caller:
        return Caller(None, Scope.SEARCH, guest_key=network_key(self._secret_key, network))

    async def _session_holder(self, session_digest: str) -> Caller:
        session, now = await self._sessions.session(session_digest), self._clock()
        if session is None or not session.is_live(now):
            raise Unauthenticated
        # The idle limit is a day, so a write each five minutes is exact enough and spares one on most requests.
        if now - session.seen_at > _TOUCH_AFTER:
            await self._sessions.touch_session(session_digest, now)
        return Caller(session.account_id, Scope.MANAGE, session_digest=session_digest)

    async def _token_holder(self, token_digest: str) -> Caller:
        token = await self._sessions.token(token_digest)
        if token is None or not token.is_live(self._clock()):
            raise Unauthenticated
        return Caller(token.account_id, token.scope)


def account_of(caller: Caller) -> AccountId:
    """The caller's account, whatever the credential's scope; guests are `Unauthenticated`."""
    if caller.account_id is None:
        raise Unauthenticated
    return caller.account_id


def manager_of(caller: Caller) -> AccountId:
    """The account that the caller may change things of; a search-scope token is `Forbidden` (S8)."""
    account_id = account_of(caller)
    if caller.scope is not Scope.MANAGE:
        raise Forbidden("This API token may only search.")
    return account_id
