"""Each bad agent asked beside two good ones, as a search asks them, and what came of it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Final

from functions.search.fanout import FanOut
from oqtopus.adapters.agent_http import HttpAgentCaller
from oqtopus.adapters.agent_transport import AgentTransport
from oqtopus.domain.agents import Agent
from oqtopus.domain.events import AgentAnswered
from oqtopus.security.egress import AddressPolicy
from oqtopus.wire.events import event_bytes
from tests.fakes.agent_calls import STRUCTURE, caller_of
from tests.fakes.agent_server import agent_serving, reply, saying
from tests.fakes.agents import agent
from tests.fakes.bad_agents import BAD_AGENTS
from tests.fakes.certificates import Authority, trusting

DEADLINE: Final = 0.5
# So many fan-outs at once, that those which wait for a deadline wait together and the others find a processor.
AT_ONCE: Final = 6


@dataclass(frozen=True, slots=True)
class Encounter:
    """The outcomes of one fan-out by the agents' names, when each landed (seconds), and its events as they are sent."""

    answers: Mapping[str, AgentAnswered]
    landed: Mapping[str, float]
    events: str


@dataclass
class Visit:
    """All encounters by the bad agents' names, and what was logged meanwhile by whatever ran."""

    encounters: dict[str, Encounter] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)


class _Keeping(logging.Handler):
    """Keeps lines with their tracebacks."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(f"{self.format(record)} {vars(record)}")


async def visit(origins: Mapping[str, str], authority: str) -> Visit:
    """Meet all bad agents, with one caller for all of them as a process has it."""
    made, places = Visit(), asyncio.Semaphore(AT_ONCE)
    with _logged(made.log):
        async with _good_agents() as (good, good_authority):
            caller = _caller({*origins.values(), *(one.url for one in good)}, authority + good_authority)

            async def meet(name: str) -> None:
                async with places:
                    made.encounters[name] = await _encounter(caller, agent(name, url=origins[name]), good)

            await asyncio.gather(*map(meet, BAD_AGENTS))
            await caller.aclose()
    return made


async def _encounter(caller: HttpAgentCaller, bad: Agent, good: tuple[Agent, Agent]) -> Encounter:
    loop = asyncio.get_running_loop()
    started, landed = loop.time(), dict[str, float]()

    def land(answered: AgentAnswered) -> None:
        landed[answered.name] = loop.time() - started

    first, last = good
    answers = await FanOut(caller, DEADLINE, 1).ask((first, bad, last), "When?", STRUCTURE, land, lambda: None)
    events = b"\n".join(event_bytes(answered)[1] for answered in answers).decode()
    return Encounter({answered.name: answered for answered in answers}, landed, events)


def _caller(origins: set[str], authorities: str) -> HttpAgentCaller:
    policy = AddressPolicy(frozenset(origins))
    return caller_of(policy, AgentTransport(policy, tls=trusting(authorities)))


@asynccontextmanager
async def _good_agents() -> AsyncIterator[tuple[tuple[Agent, Agent], str]]:
    """One without and one with TLS, and whose certificate that has; each answers with its own name."""
    authority = Authority()
    plain, secure = (saying(reply(b'{"answer":"I am %s."}' % name)) for name in (b"plain", b"secure"))
    async with agent_serving(plain) as first, agent_serving(secure, authority.server()) as last:
        secure_url = f"https://127.0.0.1:{last.port}"
        yield (agent("plain", url=first.origin), agent("secure", url=secure_url)), authority.pem


@contextmanager
def _logged(lines: list[str]) -> Iterator[None]:
    root, handler = logging.getLogger(), _Keeping(lines)
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
