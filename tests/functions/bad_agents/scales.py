"""`python -m tests.functions.bad_agents.scales`: how much memory a process takes while it calls agents.

A line of JSON goes in: `{"authority", "calls": {name: [origin, …]}}`, and one comes out: for each name the most bytes
that the process grew by while it called those origins, all at the same time. With the argument `careless` it reads as a
client does that knows no limit, to show what the agents are capable of and that the scales see it.
"""

import asyncio
import json
import sys
import zlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from oqtopus.adapters.agent_transport import AgentTransport
from oqtopus.errors import AgentFailure
from oqtopus.security.egress import AddressPolicy
from tests.fakes.agent_calls import STRUCTURE, caller_of
from tests.fakes.agents import agent
from tests.fakes.certificates import trusting

DEADLINE: Final = 0.5
ENOUGH: Final = 96 * 2**20

Call = Callable[[str], Awaitable[None]]


async def weigh(call: Call, origins: Sequence[str]) -> int:
    _forget_the_peak()
    before = _status("VmRSS")
    await asyncio.gather(*map(call, origins))
    return _status("VmHWM") - before


def _forget_the_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _status(name: str) -> int:
    """A size out of the kernel's account of this process, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1_024 for line in lines if line.startswith(f"{name}:"))


def careful(origins: Sequence[str], authority: str) -> Call:
    """The calls that oqtopus makes."""
    policy = AddressPolicy(frozenset(origins))
    caller = caller_of(policy, AgentTransport(policy, tls=trusting(authority)))

    async def call(origin: str) -> None:
        # What it fails with is tested elsewhere.
        with suppress(AgentFailure):
            await caller.ask(agent(origin, url=origin), "When?", STRUCTURE, DEADLINE)

    return call


async def careless(origin: str) -> None:
    """Reads a body to its end, or until the scales have seen enough, and unpacks what is said to be packed."""
    port = int(origin.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /agent HTTP/1.1\r\nHost: agent\r\nContent-Length: 2\r\n\r\n{}")
    head, body = await reader.readuntil(b"\r\n\r\n"), bytearray()
    while len(body) < ENOUGH and (data := await asyncio.wait_for(reader.read(65_536), DEADLINE)):
        body += data
        if b"encoding: gzip" in head.lower() and len(body) > 100_000:
            body = bytearray(zlib.decompressobj(31).decompress(body))
    writer.transport.abort()


async def main(is_careless: bool) -> None:
    order = json.loads(sys.stdin.readline())
    every = [origin for origins in order["calls"].values() for origin in origins]
    call = careless if is_careless else careful(every, order["authority"])
    weights = {name: await weigh(call, origins) for name, origins in order["calls"].items()}
    print(json.dumps(weights))


if __name__ == "__main__":
    asyncio.run(main("careless" in sys.argv))
