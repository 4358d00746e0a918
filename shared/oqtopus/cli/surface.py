"""What is written on, standard output or standard error, as a terminal or as plain text.

Nothing that is written moves the cursor or changes colours but by a surface itself: whoever has written a text, an
agent, a server, an owner, it is stripped of what does not show.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol, TextIO

from oqtopus.domain.text import visible


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text in one style: `good`, `bad`, `faint`, `strong` or none."""

    text: str
    style: str = ""


class Progress(Protocol):
    """What is going on, shown anew whenever it changes."""

    def show(self, title: str, lines: Sequence[Line]) -> None: ...


class Draft(Protocol):
    """A text that is not finished, shown anew whenever it has grown."""

    def show(self, text: str) -> None: ...


class Surface(Protocol):
    """Somewhere to write for people or for programs."""

    @property
    def is_terminal(self) -> bool:
        """Whether somebody watches."""
        ...

    def line(self, text: str = "", style: str = "") -> None: ...

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None: ...

    def facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Names and what they stand for, one pair a line."""
        ...

    def progress(self) -> AbstractContextManager[Progress]:
        """What was shown last stays."""
        ...

    def draft(self) -> AbstractContextManager[Draft]:
        """What was shown goes away, to make room for the finished text; it stays where none comes."""
        ...


def one_line(text: str) -> str:
    """The text as a cell or a title: without what does not show, on one line."""
    return " ".join(visible(text).split())


class _Unwatched:
    def show(self, *_: object) -> None:
        """Nobody watches."""


class PlainSurface:
    """For pipes and files: tables are tab-separated rows without a head, so that `cut` and `awk` can read them."""

    is_terminal = False

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def line(self, text: str = "", style: str = "") -> None:
        self._file.write(f"{visible(text)}\n")

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        for row in rows:
            self.line("\t".join(one_line(cell) for cell in row))

    def facts(self, facts: Sequence[tuple[str, str]]) -> None:
        self.table((), facts)

    def progress(self) -> AbstractContextManager[Progress]:
        return nullcontext(_Unwatched())

    def draft(self) -> AbstractContextManager[Draft]:
        return nullcontext(_Unwatched())


def surface_of(file: TextIO, environ: Mapping[str, str], *, has_colours: bool) -> Surface:
    """A terminal where the file is one that can do more than a typewriter."""
    if not file.isatty() or environ.get("TERM") in (None, "", "dumb"):
        return PlainSurface(file)
    from oqtopus.cli.terminal import TerminalSurface

    return TerminalSurface(file, has_colours=has_colours)
