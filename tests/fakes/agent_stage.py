"""The real caller of agents between scripted names and an agent that has a certificate for every name."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from oqtopus.adapters.agent_http import HttpAgentCaller
from oqtopus.adapters.agent_transport import AgentTransport
from oqtopus.errors import AgentFailure
from oqtopus.security.egress import AddressPolicy
from oqtopus.security.signing import KeyRing
from tests.fakes.agent_names import Answers, ScriptedNames
from tests.fakes.agent_server import SeenRequest, agent_serving, reply
from tests.fakes.agents import agent
from tests.fakes.certificates import Authority
from tests.fakes.vaults import OneKeyVault

authority = cache(Authority)


@dataclass
class Stage:
    """`certified` are the names for which a certificate was asked, by SNI; `requests` what agents were sent."""

    names: ScriptedNames
    caller: HttpAgentCaller
    certified: list[str | None] = field(default_factory=list)
    requests: list[SeenRequest] = field(default_factory=list)
    is_giving_up: bool = False
    """Whether the agent closes the connection at the next request instead of answering it."""

    async def call(self, url: str) -> str:
        try:
            await self.caller.ask(agent(url=url), "Which film?", {}, 5)
        except AgentFailure as failure:
            return failure.reason
        return "answered"

    async def probe(self, url: str) -> str:
        """What came of the properly signed probe."""
        result = await self.caller.probe(agent(url=url))
        return result.signed or "answered"

    async def close(self) -> None:
        """Close the connections that are kept."""
        await self.caller.aclose()

    def certify(self, connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        self.certified.append(name)
        if name is not None:
            connection.context = authority().server(name)

    async def play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_giving_up:
            self.is_giving_up = False
            writer.close()
        else:
            writer.write(reply())


@asynccontextmanager
async def staged(policy: AddressPolicy, answers: Sequence[Answers]) -> AsyncIterator[Stage]:
    names = ScriptedNames(answers)
    transport = AgentTransport(policy, names.resolve, names.dial, authority().client)
    stage = Stage(names, HttpAgentCaller(KeyRing(OneKeyVault(), _now), policy, _now, transport))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.sni_callback = stage.certify
    async with agent_serving(stage.play) as plain, agent_serving(stage.play, tls) as secure:
        names.port, names.tls_port = plain.port, secure.port
        plain.requests = secure.requests = stage.requests
        yield stage
        await stage.close()


def _now() -> datetime:
    return datetime.now(UTC)
