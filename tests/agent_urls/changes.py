"""U6 and U7: a name that changes its answers between look-ups, and what must come of each call meanwhile."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tests.agent_urls.rows import PUBLIC

Answers = tuple[str, ...] | Exception
Step = Literal["call", "probe", "close", "give up"]
"""`close` drops the connections that are kept; at `give up` the agent breaks off the next call on one of them."""

OTHER = "8.8.8.8"
THIRD = "2606:4700:4700::1111"
INSIDE = "10.0.0.1"
LOOPBACK = "127.0.0.1"
METADATA = "169.254.169.254"
UNKNOWN = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
TRY_AGAIN = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


@dataclass(frozen=True, slots=True)
class Change:
    """`answers` are those of each look-up in turn; `outcomes` belong to the calls and probes among the steps."""

    name: str
    answers: tuple[Answers, ...]
    steps: tuple[Step, ...]
    outcomes: tuple[str, ...]
    dialled: tuple[str, ...]


def _inside_after(look_ups: int, inside: str) -> Change:
    """Public for some look-ups, each of which is for a new connection, and inside from then on."""
    steps: tuple[Step, ...] = ("call", "close")
    return Change(
        f"{inside} after {look_ups} look-ups",
        (*((PUBLIC,),) * look_ups, (inside,)),
        (*steps * look_ups, "call", "call"),
        (*("answered",) * look_ups, "blocked", "blocked"),
        (PUBLIC,) * look_ups,
    )


def _late_answer(name: str, answers: Answers, outcome: str, dialled: tuple[str, ...] = ()) -> Iterator[Change]:
    """What the second look-up brings, for a second connection, whatever it is needed for."""
    both, either = (PUBLIC, *dialled), ("answered", outcome)
    first: Answers = (PUBLIC,)
    yield Change(f"{name} after the connection was closed", (first, answers), ("call", "close", "call"), either, both)
    yield Change(f"{name} when the kept connection breaks", (first, answers), ("call", "give up", "call"), either, both)
    yield Change(f"{name} between a call and a probe", (first, answers), ("call", "close", "probe"), either, both)
    yield Change(f"{name} while a connection is kept", (first, answers), ("call", "call"), ("answered",) * 2, (PUBLIC,))


CHANGES: tuple[Change, ...] = (
    *_late_answer("loopback", (LOOPBACK,), "blocked"),
    *_late_answer("metadata", (METADATA,), "blocked"),
    *_late_answer("loopback by IPv6", ("::1",), "blocked"),
    *_late_answer("mapped loopback", ("::ffff:127.0.0.1",), "blocked"),
    *_late_answer("one inside among public ones", (OTHER, INSIDE, PUBLIC), "blocked"),
    *_late_answer("one inside behind fifty", (*(f"8.8.8.{part}" for part in range(50)), INSIDE), "blocked"),
    *_late_answer("no answer", (), "blocked"),
    *_late_answer("an unknown name", UNKNOWN, "unreachable"),
    *_late_answer("a resolver that fails", TRY_AGAIN, "unreachable"),
    *_late_answer("a resolver that gets nonsense", UnicodeError("label too long"), "unreachable"),
    *_late_answer("another public address", (OTHER,), "answered", (OTHER,)),
    *_late_answer("a public address by IPv6", (THIRD,), "answered", (THIRD,)),
    *(_inside_after(look_ups, inside) for look_ups in (1, 2, 3, 5, 10) for inside in (LOOPBACK, METADATA, "fd00::1")),
    Change("inside first, then public", ((INSIDE,), (PUBLIC,)), ("call", "call"), ("blocked", "answered"), (PUBLIC,)),
    Change("no answer first", ((), (PUBLIC,)), ("call", "call"), ("blocked", "answered"), (PUBLIC,)),
    Change("unknown first", (UNKNOWN, (PUBLIC,)), ("call", "call"), ("unreachable", "answered"), (PUBLIC,)),
    Change("inside from a call to a probe", ((INSIDE,), (LOOPBACK,)), ("call", "probe"), ("blocked",) * 2, ()),
    Change(
        "public and inside by turns",
        ((PUBLIC,), (INSIDE,), (OTHER,), (LOOPBACK,), (THIRD,), (METADATA,)),
        ("call", "close", "call", "call", "close", "call", "call", "close", "call"),
        ("answered", "blocked", "answered", "blocked", "answered", "blocked"),
        (PUBLIC, OTHER, THIRD),
    ),
    Change(
        "inside when the agent breaks off twice",
        ((PUBLIC,), (OTHER,), (INSIDE,)),
        ("call", "give up", "call", "give up", "call"),
        ("answered", "answered", "blocked"),
        (PUBLIC, OTHER),
    ),
)
