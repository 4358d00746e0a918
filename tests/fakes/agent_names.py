"""DNS by script, and a dialler that notes every address and goes to an agent on loopback instead."""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from oqtopus.adapters.agent_connection import AgentConnection
from oqtopus.adapters.agent_transport import dial_address

Answers = Sequence[str] | Exception


@dataclass
class ScriptedNames:
    """`answers` are those of each look-up in turn, the last of which stays; addresses in `refusing` take no connection.

    Connections go to `port`; those that ask for TLS get it only where `tls_port` says that an agent speaks it. At
    `together` look-ups wait for each other.
    """

    answers: Sequence[Answers]
    port: int = 0
    tls_port: int = 0
    refusing: frozenset[str] = frozenset()
    together: asyncio.Barrier | None = None
    looked_up: list[str] = field(default_factory=list)
    dialled: list[tuple[str, int]] = field(default_factory=list)
    server_names: list[str | None] = field(default_factory=list)

    async def resolve(self, host: str, port: int, begun: Callable[[], None]) -> Sequence[str]:
        self.looked_up.append(host)
        begun()
        answers = self.answers[min(len(self.looked_up), len(self.answers)) - 1]
        if self.together is not None:
            await self.together.wait()
        if isinstance(answers, Exception):
            raise answers
        return answers

    async def dial(
        self,
        connect: Callable[[], AgentConnection],
        address: str,
        port: int,
        tls: ssl.SSLContext | None,
        server_name: str | None,
    ) -> AgentConnection:
        self.dialled.append((address, port))
        self.server_names.append(server_name)
        if address in self.refusing:
            raise ConnectionRefusedError
        if tls is not None and self.tls_port:
            return await dial_address(connect, "127.0.0.1", self.tls_port, tls, server_name)
        return await dial_address(connect, "127.0.0.1", self.port, None, None)
