"""Spans: what a request does and how long each part takes, for whoever looks at traces.

They are handed over in the background, and at the end of a search and of a pushed message, after which the platform may
freeze the process; those of other short requests may wait for the next one.

Where no tracer is installed, a span costs a microsecond and goes nowhere. Attributes are ids, words and figures: never
a question, an answer, an address or a credential.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Literal, Protocol

from oqtopus.observability import Trace

Value = str | int | float | bool
Kind = Literal["internal", "server", "client"]


class Span(Protocol):
    """A part of a trace while it is under way; an exception that leaves it marks it as failed, with its type's name."""

    @property
    def trace(self) -> Trace | None:
        """Where it stands, for log lines and for whoever is called next."""

    def set(self, **attributes: Value) -> None: ...

    def rename(self, name: str) -> None:
        """Of names there must be few, whatever somebody asks for."""


class Tracer(Protocol):
    """Makes spans and hands them over in the background."""

    def span(self, name: str, kind: Kind, attributes: Mapping[str, Value]) -> AbstractContextManager[Span]:
        """A span inside the current one, else inside what the request says that it is a part of."""

    async def flush(self) -> None:
        """Hand over what has ended; waits for that two seconds at most, and raises nothing."""


class _Nowhere:
    """The span of a process that has no tracer."""

    @property
    def trace(self) -> Trace | None:
        return None

    def set(self, **attributes: Value) -> None:
        """Nobody looks."""

    def rename(self, name: str) -> None:
        """Nobody reads it."""


class _Unseen:
    """A block under no tracer; one serves all of them, for it holds nothing."""

    def __enter__(self) -> Span:
        return _NOWHERE

    def __exit__(self, *_: object) -> None:
        """Nothing was opened."""


_NOWHERE = _Nowhere()
_UNSEEN = _Unseen()
_tracer: Tracer | None = None


def install(tracer: Tracer | None) -> None:
    """Let this tracer have all spans of this process from now on; called once, by whatever starts it."""
    global _tracer
    _tracer = tracer


@contextmanager
def installed(tracer: Tracer) -> Iterator[None]:
    """The tracer is installed inside the block; for tests and for tools that bring their own."""
    previous = _tracer
    install(tracer)
    try:
        yield
    finally:
        install(previous)


def span(name: str, kind: Kind = "internal", **attributes: Value) -> AbstractContextManager[Span]:
    """A part of the current trace; tasks that are made inside the block belong to it."""
    return _UNSEEN if _tracer is None else _tracer.span(name, kind, attributes)


async def flush() -> None:
    """Hand over what has ended, before the platform freezes this process."""
    if _tracer is not None:
        await _tracer.flush()
