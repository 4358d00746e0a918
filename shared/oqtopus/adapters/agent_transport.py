"""Connections to agents: a name is resolved once, every answer judged, and only a judged address dialled (U6, U7)."""

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from typing import Final, Protocol
from weakref import WeakKeyDictionary

from oqtopus.adapters.agent_connection import AgentConnection, OutboundCall, StaleConnection
from oqtopus.adapters.agent_resolver import Resolve, SystemResolver
from oqtopus.domain.agents import AgentId
from oqtopus.errors import AgentFailure, RefusedUrl
from oqtopus.security.egress import AddressPolicy, AgentUrl

CONNECT_SECONDS: Final = 3.0
ATTEMPT_SECONDS: Final = 1.0
MAX_ATTEMPTS: Final = 4
IDLE_SECONDS: Final = 30.0
LIFETIME_SECONDS: Final = 300.0
MAX_IDLE: Final = 400

_Place = tuple[AgentId, str]
_Connect = Callable[[], AgentConnection]


class Dial(Protocol):
    """Opens a connection to an address; `server_name` is what the certificate must be for, when there is TLS."""

    async def __call__(
        self, connect: _Connect, address: str, port: int, tls: ssl.SSLContext | None, server_name: str | None
    ) -> AgentConnection: ...


async def dial_address(
    connect: _Connect, address: str, port: int, tls: ssl.SSLContext | None, server_name: str | None
) -> AgentConnection:
    """Connect to a literal address, which asyncio takes as it is: there is no second look-up."""
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(
        connect, address, port, ssl=tls, server_hostname=server_name, family=_family(address)
    )
    return connection


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


class AgentTransport:
    """Sends calls over kept connections, in any event loop; proxies of the environment play no part (U7)."""

    def __init__(
        self,
        policy: AddressPolicy,
        resolve: Resolve | None = None,
        dial: Dial = dial_address,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._policy = policy
        self._resolve = resolve or SystemResolver()
        self._dial = dial
        self._given_tls = tls
        self._idle: WeakKeyDictionary[asyncio.AbstractEventLoop, IdleConnections] = WeakKeyDictionary()

    async def send(
        self,
        agent_id: AgentId,
        url: AgentUrl,
        signed_call: Callable[[], Awaitable[OutboundCall]],
        called: Callable[[], None] = lambda: None,
    ) -> bytes:
        """The body of the reply, or `AgentFailure`; each send has a call signed anew, retries included (J2).

        `called` is told once waiting is for the agent and its name, and no longer for anything of ours.
        """
        # Signed before there is a connection: a call that is cancelled while it is signed has nothing to close.
        call = await signed_call()
        # Agents of several owners can share an origin, where one could leave a reply lying for the next.
        place = (agent_id, url.origin)
        kept = self._idle_here().taken(place)
        if kept is not None:
            called()
            try:
                return await self._exchanged(place, kept, call)
            except StaleConnection:
                # The agent closed the kept connection before it saw this call, which is normal.
                call = await signed_call()
        try:
            return await self._exchanged(place, await self._connected(url, called), call)
        except StaleConnection as error:
            raise AgentFailure("protocol") from error

    async def aclose(self) -> None:
        """Close the kept connections of the running event loop."""
        self._idle_here().close()

    def _idle_here(self) -> "IdleConnections":
        loop = asyncio.get_running_loop()
        idle = self._idle.get(loop)
        if idle is None:
            idle = self._idle[loop] = IdleConnections(time.monotonic)
        return idle

    async def _exchanged(self, place: _Place, connection: AgentConnection, call: OutboundCall) -> bytes:
        body = await connection.exchange(call)
        if connection.is_reusable:
            self._idle_here().keep(place, connection)
        return body

    async def _connected(self, url: AgentUrl, called: Callable[[], None]) -> AgentConnection:
        try:
            answers = await self._resolve(url.host.strip("[]"), url.port, called)
            addresses = self._policy.judged(url, answers)
            async with asyncio.timeout(CONNECT_SECONDS):
                return await self._first_connected(url, addresses[:MAX_ATTEMPTS])
        except RefusedUrl as error:
            raise AgentFailure("blocked") from error
        except ssl.SSLError as error:
            raise AgentFailure("tls") from error
        except TimeoutError as error:
            raise AgentFailure("timeout") from error
        except (OSError, UnicodeError) as error:
            raise AgentFailure("unreachable") from error

    async def _first_connected(self, url: AgentUrl, addresses: Sequence[str]) -> AgentConnection:
        """Try the addresses in the resolver's order; one that is silent leaves time for the next."""
        for address in addresses[:-1]:
            try:
                async with asyncio.timeout(ATTEMPT_SECONDS):
                    return await self._connected_to(url, address)
            except ssl.SSLError:
                raise
            except OSError:
                # TimeoutError is an OSError too.
                continue
        return await self._connected_to(url, addresses[-1])

    async def _connected_to(self, url: AgentUrl, address: str) -> AgentConnection:
        now = time.monotonic()
        tls = self._tls if url.is_secure else None
        server_name = url.host.strip("[]") if url.is_secure else None
        return await self._dial(lambda: AgentConnection(now), address, url.port, tls, server_name)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        context = self._given_tls or ssl.create_default_context()
        context.set_alpn_protocols(["http/1.1"])
        return context


class IdleConnections:
    """The kept connections of one event loop, by agent and origin, the latest used first."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._by_place: dict[_Place, list[AgentConnection]] = {}
        self._size = 0

    def taken(self, place: _Place) -> AgentConnection | None:
        """A connection that can be used at once, no longer kept."""
        kept = self._by_place.get(place, [])
        while kept:
            connection = kept.pop()
            self._size -= 1
            if self._is_fresh(connection):
                return connection
            connection.close()
        self._by_place.pop(place, None)
        return None

    def keep(self, place: _Place, connection: AgentConnection) -> None:
        connection.idle_since = self._now()
        if self._size >= MAX_IDLE:
            self._drop_stale()
        if self._size >= MAX_IDLE:
            connection.close()
            return
        self._by_place.setdefault(place, []).append(connection)
        self._size += 1

    def close(self) -> None:
        for kept in self._by_place.values():
            for connection in kept:
                connection.close()
        self._by_place.clear()
        self._size = 0

    def _is_fresh(self, connection: AgentConnection) -> bool:
        now = self._now()
        is_young = now - connection.opened_at < LIFETIME_SECONDS and now - connection.idle_since < IDLE_SECONDS
        return connection.is_reusable and is_young

    def _drop_stale(self) -> None:
        for place, kept in list(self._by_place.items()):
            fresh = [connection for connection in kept if self._is_fresh(connection)]
            for connection in kept:
                if connection not in fresh:
                    connection.close()
            self._size -= len(kept) - len(fresh)
            if fresh:
                self._by_place[place] = fresh
            else:
                del self._by_place[place]
