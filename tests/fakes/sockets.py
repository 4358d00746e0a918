"""What this process asks of the network, noted by the interpreter itself, and kept from leaving the machine."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any


@dataclass
class SocketLog:
    """Addresses that a connection was opened to and names that were looked up, by whatever code of this process."""

    connects: list[tuple[str, int]] = field(default_factory=list)
    look_ups: list[str] = field(default_factory=list)


_logs: list[SocketLog] = []


@contextmanager
def no_network() -> Iterator[SocketLog]:
    """Every attempt inside the block is noted and then refused: nothing is sent, not even on loopback."""
    _install()
    log = SocketLog()
    _logs.append(log)
    try:
        yield log
    finally:
        _logs.remove(log)


@cache
def _install() -> None:
    # Once a process, because a hook cannot be taken away again; between the blocks it does nothing.
    sys.addaudithook(_note)


def _note(event: str, arguments: tuple[Any, ...]) -> None:  # Any: each event has its own.
    if not _logs:
        return
    if event == "socket.connect":
        address, port, *_ = arguments[1]
        _logs[-1].connects.append((address, port))
        raise ConnectionRefusedError
    if event == "socket.getaddrinfo":
        _logs[-1].look_ups.append(arguments[0])
        raise ConnectionRefusedError
