"""What attacks are made of: people with their credentials, and requests as a browser or a program sends them."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from types import TracebackType
from typing import Any

import httpx

from oqtopus.bootstrap import Services
from oqtopus.domain.accounts import Account, AccountId, ApiToken, Scope, Session, TokenId
from oqtopus.domain.agents import Agent
from oqtopus.security.credentials import CredentialKind, digest, hint, new_secret
from oqtopus.security.csrf import csrf_token
from oqtopus.wire.cookies import session_cookie
from tests.conftest import ClientOf
from tests.fakes.agents import ScriptedCaller
from tests.fakes.clock import FakeClock
from tests.fakes.models import ScriptedModel

SITE = "https://oqtopus.test"
PASSWORD = "correct horse battery"
QUESTION = {"query": "Which film?"}
NEW_AGENT = {
    "name": "Hotels of Graz",
    "url": "https://hotels.example.org/graz",
    "categories": ["Hotel"],
    "orchestrator_id": "oqtopus_graz",
}
SAME_ID = {"X-Request-Id": "the-same-request"}

Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Write:
    """An operation that changes or costs something."""

    function: str
    method: str
    path: str
    body: object = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


WRITES = [
    Write("auth", "POST", "/v1/tokens", {"name": "laptop"}),
    Write("auth", "DELETE", "/v1/tokens/t1"),
    Write("auth", "DELETE", "/v1/sessions/current"),
    Write("registration", "POST", "/v1/agents", NEW_AGENT),
    Write("registration", "PATCH", "/v1/agents/agent-films", {"name": "taken"}),
    Write("registration", "POST", "/v1/agents/agent-films/verify"),
    Write("registration", "DELETE", "/v1/agents/agent-films"),
    Write("search", "POST", "/v1/search", QUESTION),
]


class Scene:
    """The functions with scripted models and agents; `clock` moves only when a test says so."""

    def __init__(self, services: Services, client_of: ClientOf, clock: FakeClock) -> None:
        self.services = services
        self.clock = clock
        self.model = ScriptedModel("embedded")
        self.caller = ScriptedCaller()
        services.clock = clock
        services.models = (self.model,)
        services.embedded = self.model  # type: ignore[assignment]  # It stands for the ranker, too.
        services.agent_caller = self.caller
        self._client_of = client_of
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> "Scene":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def configure(self, **changes: Any) -> None:  # Any: settings of several types.
        self.services.settings = replace(self.services.settings, **changes)

    async def send(
        self,
        function: str,
        method: str,
        path: str,
        headers: Headers | list[tuple[str, str]] | None = None,
        **sent: Any,  # Any: httpx's own arguments.
    ) -> httpx.Response:
        if function not in self._clients:
            self._clients[function] = await self._stack.enter_async_context(self._client_of(function))
        return await self._clients[function].request(method, path, headers=headers, **sent)

    async def write(self, write: Write, headers: Headers | list[tuple[str, str]]) -> httpx.Response:
        return await self.send(write.function, write.method, write.path, headers, json=write.body)

    async def me(self, headers: Headers | list[tuple[str, str]]) -> httpx.Response:
        return await self.send("auth", "GET", "/v1/me", headers)

    async def search(self, headers: Headers | list[tuple[str, str]] | None = None) -> httpx.Response:
        return await self.send("search", "POST", "/v1/search", headers, json=QUESTION)

    async def account(self, name: str = "ada") -> AccountId:
        """A person whose address is verified."""
        password_hash = await self.services.passwords.hash(PASSWORD)
        now = self.clock()
        account = Account(AccountId(name), f"{name}@example.org", name, password_hash, now, verified_at=now)
        await self.services.accounts.add(account)
        return account.id

    async def agent(self, agent: Agent) -> Agent:
        await self.services.agents.add(agent)
        return agent

    async def session(self, account_id: AccountId) -> str:
        secret, now = new_secret(CredentialKind.SESSION), self.clock()
        await self.services.sessions.add_session(Session(digest(secret), account_id, created_at=now, seen_at=now))
        return secret

    async def token(self, account_id: AccountId, token_id: str = "t1", scope: Scope = Scope.SEARCH) -> str:
        secret, now = new_secret(CredentialKind.TOKEN), self.clock()
        token = ApiToken(
            TokenId(token_id), digest(secret), account_id, "t", hint(secret), scope, now, now + timedelta(days=90)
        )
        await self.services.sessions.add_token(token, 10, now)
        return secret

    def cookie(self, secret: str) -> Headers:
        """What a browser sends of the cookie that we set."""
        return {"Cookie": session_cookie(secret, self.services.settings).partition(";")[0]}

    def page(self, secret: str) -> Headers:
        """What our own page sends with a change: the cookie, the session's token, and the browser's own word."""
        token = csrf_token(self.services.settings.secret_key, digest(secret))
        return self.cookie(secret) | {"X-CSRF-Token": token, "Sec-Fetch-Site": "same-origin", "Origin": SITE}


def bearer(secret: str) -> Headers:
    return {"Authorization": f"Bearer {secret}"}


def without(headers: Headers, *names: str) -> Headers:
    return {name: value for name, value in headers.items() if name not in names}
