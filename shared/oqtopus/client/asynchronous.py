"""The client for coroutines: the same methods as the blocking one's."""

from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Self

import httpx

from oqtopus.client import exchange, health, operations, values
from oqtopus.client.addresses import DEFAULT_URL
from oqtopus.client.answers import Outcome
from oqtopus.client.async_connection import AsyncConnection, AsyncSearchStream, sleep
from oqtopus.client.events import Final
from oqtopus.client.retries import RetryPolicy


class AsyncOqtopusClient:
    """oqtopus at `base_url`, for a guest or for whom `token` (of a session, or an API token) belongs to.

    `timeout` is for each silence, in seconds. `wait` passes the time between two attempts.
    """

    def __init__(
        self,
        base_url: str = DEFAULT_URL,
        token: str | None = None,
        *,
        retries: RetryPolicy = RetryPolicy(),
        timeout: float = exchange.DEFAULT_TIMEOUT,
        wait: Callable[[float], Awaitable[None]] = sleep,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        http = httpx.AsyncClient(transport=transport, **exchange.settings(base_url, timeout))
        self._connection = AsyncConnection(http, None if token is None else exchange.printable(token), retries, wait)

    async def aclose(self) -> None:
        await self._connection.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def search(
        self, question: str, idempotency_key: str | None = None, *, hops: str | None = None
    ) -> AsyncSearchStream:
        """The events of a search, the first of which is asked for when the stream is first read.

        The key makes it safe to ask again; the result of a key that was used within a day is given out once more.
        An agent that searches for its own answer passes on as `hops` the `Oqtopus-Hops` that it was called with.
        """
        key = exchange.printable(idempotency_key or exchange.new_key())
        call = operations.search(question, key, None if hops is None else exchange.printable(hops))
        return AsyncSearchStream(self._connection.events(call, key), key)

    async def answer(self, question: str, idempotency_key: str | None = None, *, hops: str | None = None) -> Final:
        """The answer alone; `NoAnswer` where there is none."""
        outcome = Outcome()
        async with self.search(question, idempotency_key, hops=hops) as events:
            async for event in events:
                outcome.note(event)
        return outcome.answer()

    async def register(self, email: str, password: str, username: str | None = None) -> values.Account | None:
        """A new account; None where a mail is on its way, which says whether there is one."""
        return await self._connection.do(operations.register(email, password, username))

    async def ask_for_verification(self, email: str) -> None:
        await self._connection.do(operations.ask_for_verification(email))

    async def verify_address(self, mail_token: str) -> None:
        await self._connection.do(operations.verify_address(mail_token))

    async def ask_for_reset(self, email: str) -> None:
        await self._connection.do(operations.ask_for_reset(email))

    async def reset_password(self, mail_token: str, password: str) -> None:
        await self._connection.do(operations.reset_password(mail_token, password))

    async def log_in(self, email: str, password: str) -> values.Login:
        """A new session, as which this client calls from then on."""
        login = await self._connection.do(operations.log_in(email, password))
        self._connection.token = login.token
        return login

    async def log_out(self) -> None:
        """End the session; this client is a guest from then on."""
        await self._connection.do(operations.log_out())
        self._connection.token = None

    async def who_am_i(self) -> values.Me:
        return await self._connection.do(operations.who_am_i())

    async def change_password(self, current_password: str, new_password: str) -> None:
        """All sessions and tokens of the account end, this client's as well."""
        await self._connection.do(operations.change_password(current_password, new_password))

    async def read_quota(self) -> values.Quota:
        return await self._connection.do(operations.read_quota())

    async def create_token(
        self, name: str, scope: str | None = None, expires_in_days: int | None = None
    ) -> values.NewToken:
        """A new API token, for `search` or to `manage`; this needs a session."""
        return await self._connection.do(operations.create_token(name, scope, expires_in_days))

    async def list_tokens(self) -> tuple[values.Token, ...]:
        return await self._connection.do(operations.list_tokens())

    async def revoke_token(self, token_id: str) -> None:
        await self._connection.do(operations.revoke_token(token_id))

    async def register_agent(
        self,
        *,
        name: str,
        url: str,
        categories: Sequence[str],
        orchestrator_id: str,
        description: str = "",
        public: bool = False,
    ) -> values.Agent:
        """A new agent, pending until it is verified; its `public_key` goes to the agent as `key_file_name`."""
        call = operations.register_agent(
            name=name,
            url=url,
            categories=categories,
            orchestrator_id=orchestrator_id,
            description=description,
            public=public,
        )
        return await self._connection.do(call)

    async def list_agents(self, *, category: str | None = None, text: str | None = None) -> tuple[values.Agent, ...]:
        """The public catalogue."""
        return await self._connection.do(operations.list_agents(category=category, text=text))

    async def list_own_agents(self) -> tuple[values.Agent, ...]:
        return await self._connection.do(operations.list_own_agents())

    async def read_agent(self, agent_id: str) -> values.Agent:
        return await self._connection.do(operations.read_agent(agent_id))

    async def change_agent(
        self,
        agent_id: str,
        *,
        name: str | None = None,
        url: str | None = None,
        categories: Sequence[str] | None = None,
        description: str | None = None,
        public: bool | None = None,
    ) -> values.Agent:
        """The agent with what is given changed; a new URL makes it pending."""
        call = operations.change_agent(
            agent_id, name=name, url=url, categories=categories, description=description, public=public
        )
        return await self._connection.do(call)

    async def remove_agent(self, agent_id: str) -> None:
        """The agent and its keys are gone."""
        await self._connection.do(operations.remove_agent(agent_id))

    async def verify_agent(self, agent_id: str) -> values.Agent:
        """The agent, active now; `Conflict` says how its two probes went wrong."""
        return await self._connection.do(operations.verify_agent(agent_id))

    async def read_agent_health(self, agent_id: str) -> health.AgentHealth:
        return await self._connection.do(operations.read_agent_health(agent_id))

    async def read_agent_key(self, agent_id: str, version: str | None = None) -> str:
        """A public key as PEM; by default the one that signs."""
        return await self._connection.do(operations.read_agent_key(agent_id, version))

    async def start_key_rotation(self, agent_id: str) -> values.Agent:
        """The agent with a `staged_key`, which is installed beside or in place of the old one, then activated."""
        return await self._connection.do(operations.start_key_rotation(agent_id))

    async def activate_key(self, agent_id: str) -> values.Agent:
        """The agent, whose staged key signs now; `Conflict` says why it cannot."""
        return await self._connection.do(operations.activate_key(agent_id))

    async def list_categories(self) -> tuple[values.TaxonomyCategory, ...]:
        """The taxonomy that agents register under."""
        return await self._connection.do(operations.list_categories())

    async def contact(self, *, name: str, email: str, message: str) -> None:
        """Write to those who run the installation."""
        await self._connection.do(operations.contact(name=name, email=email, message=message))
