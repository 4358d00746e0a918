"""What scripts of bad manners are made of: steps that an agent takes once it is connected."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Literal

from oqtopus.errors import FailureReason

# Stands in all that bad agents say and that no user may be shown; no event and no line of the log may hold it.
SECRET: Final = "zq5d1badmanners"
# Stands for the address of a server that nobody may call.
CANARY: Final = b"{canary}"

JSON_HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Agent: %s\r\n" % SECRET.encode()
CHUNKED: Final = JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
UNTIL_CLOSE: Final = JSON_HEAD + b"Connection: close\r\n\r\n"
BODY: Final = b'{"answer":"Yes.","secret":"%s"}' % SECRET.encode()
DRIP_SECONDS: Final = 0.1

# What an agent's port does before a word is said. It has an https URL from "plain over tls" on.
Door = Literal[
    "plain", "closed", "unattended", "full",
    "plain over tls", "tls", "wrong name", "expired", "not yet", "self-signed", "unknown issuer", "long chain",
    "asks for a certificate",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stage:
    """One connection to an agent, and the address of the server that nobody may call."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    canary: bytes


Step = Callable[[Stage], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class BadAgent:
    """One way to misbehave and what a call comes to: one of `reasons`, words of C9, or an `answer` that counts.

    Unless it `listens`, it does not wait for a request before its first step.
    """

    name: str
    steps: tuple[bytes | Step, ...]
    reasons: tuple[FailureReason, ...] = ()
    answer: str | None = None
    door: Door = "plain"
    listens: bool = True

    async def play(self, stage: Stage) -> None:
        """Take the steps in turn and keep the connection open behind the last one."""
        if self.listens:
            await request(stage)
        for step in self.steps:
            await (say(stage, step) if isinstance(step, bytes) else step(stage))
        await stage.reader.read()


def fails(name: str, reason: FailureReason, *steps: bytes | Step, door: Door = "plain") -> BadAgent:
    return BadAgent(name, steps, (reason,), door=door)


def blurts(name: str, reason: FailureReason, *steps: bytes | Step, door: Door = "plain") -> BadAgent:
    """One that fails too, with steps that wait for no request."""
    return BadAgent(name, steps, (reason,), door=door, listens=False)


def answers(name: str, answer: str, *steps: bytes | Step) -> BadAgent:
    return BadAgent(name, steps, answer=answer)


def head(*fields: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """The head of a reply with these fields, and a length where one is given."""
    sizes = [] if length is None else [f"Content-Length: {length}"]
    return "\r\n".join([f"HTTP/1.1 {status}", f"X-Agent: {SECRET}", *fields, *sizes, "", ""]).encode("latin-1")


def reply(body: bytes = BODY, *fields: str, status: str = "200 OK") -> bytes:
    """A whole JSON reply with its right length."""
    return head("Content-Type: application/json", *fields, status=status, length=len(body)) + body


def made(make: Callable[[], bytes]) -> Step:
    """Says what is too large to be kept, made when it is said."""

    async def step(stage: Stage) -> None:
        await say(stage, make())

    return step


def drip(data: bytes, seconds: float = DRIP_SECONDS, size: int = 1) -> Step:
    """Says `size` bytes every so many seconds."""

    async def step(stage: Stage) -> None:
        for place in range(0, len(data), size):
            await say(stage, data[place : place + size])
            await asyncio.sleep(seconds)

    return step


def forever(piece: bytes, seconds: float = 0.0) -> Step:
    """Says the same until the caller has gone, which ends it by `ConnectionError`."""

    async def step(stage: Stage) -> None:
        while True:
            await say(stage, piece)
            await asyncio.sleep(seconds)

    return step


async def say(stage: Stage, data: bytes) -> None:
    stage.writer.write(data.replace(CANARY, stage.canary))
    await stage.writer.drain()


async def request(stage: Stage) -> None:
    """Read one whole request and forget it."""
    _, _, fields = (await stage.reader.readuntil(b"\r\n\r\n")).lower().partition(b"content-length:")
    await stage.reader.readexactly(int(fields.split(b"\r\n", 1)[0]))


async def part_of_the_request(stage: Stage) -> None:
    await stage.reader.readexactly(30)


async def close(stage: Stage) -> None:
    stage.writer.close()


async def half_close(stage: Stage) -> None:
    """Say that nothing more comes, and go on listening."""
    stage.writer.write_eof()


async def reset(stage: Stage) -> None:
    """Close as a machine that is switched off would seem to: with RST instead of FIN."""
    stage.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stage.writer.transport.abort()
