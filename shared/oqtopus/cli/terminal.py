"""A terminal that somebody watches: colours, tables as wide as it is, and regions that are drawn anew."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from oqtopus.cli.surface import Draft, Line, Progress, one_line
from oqtopus.domain.text import visible

_STYLES = {"good": "green", "bad": "red", "faint": "dim", "strong": "bold", "": ""}
_FRAMES_PER_SECOND = 10


class TerminalSurface:
    """By rich, which is never given markup: what it gets is text that means what it says."""

    is_terminal = True

    def __init__(self, file: TextIO, *, has_colours: bool) -> None:
        self._console = Console(
            file=file,
            force_terminal=True,
            color_system="auto" if has_colours else None,
            markup=False,
            emoji=False,
            highlight=False,
        )

    def line(self, text: str = "", style: str = "") -> None:
        self._console.print(Text(visible(text), _STYLES[style]), soft_wrap=True)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(Text(one_line(cell)) for cell in row))
        self._console.print(table)

    def facts(self, facts: Sequence[tuple[str, str]]) -> None:
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(style="bold")
        grid.add_column(overflow="fold")
        for name, value in facts:
            grid.add_row(Text(one_line(name)), Text(one_line(value)))
        self._console.print(grid)

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """The region stays as it was last shown, without what turned."""
        with self._region() as region:
            shown = _Progress(region, "dots" if self._console.encoding.startswith("utf") else "line")
            try:
                yield shown
            finally:
                shown.settle()

    @contextmanager
    def draft(self) -> Iterator[Draft]:
        """The region goes away; whoever is interrupted keeps the text that was there."""
        with self._region() as region:
            region.transient = True
            shown = _Draft(region)
            is_finished = False
            try:
                yield shown
                is_finished = True
            finally:
                region.stop()
                if shown.text and not is_finished:
                    self.line(shown.text)

    def _region(self) -> Live:
        return Live(
            console=self._console, refresh_per_second=_FRAMES_PER_SECOND, redirect_stdout=False, redirect_stderr=False
        )


class _Progress:
    def __init__(self, region: Live, spinner: str) -> None:
        self._region = region
        self._spinner = Spinner(spinner)
        self._lines: list[RenderableType] = []

    def show(self, title: str, lines: Sequence[Line]) -> None:
        self._lines = [_fitted(line) for line in lines]
        self._spinner.update(text=_fitted(Line(title)))
        self._region.update(Group(self._spinner, *self._lines), refresh=True)

    def settle(self) -> None:
        self._region.update(Group(*self._lines), refresh=True)


class _Draft:
    def __init__(self, region: Live) -> None:
        self._region = region
        self.text = ""

    def show(self, text: str) -> None:
        """The region is drawn so many times a second, however many pieces come."""
        self.text = visible(text)
        self._region.update(_Tail(self.text))


class _Tail:
    """As much of the end of a text as the terminal has room for."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = Text(self._text).wrap(console, options.max_width)
        yield from lines[-max(1, console.height - 2) :]


def _fitted(line: Line) -> Text:
    """One row of the terminal at most, so that the region is as high as it has lines."""
    return Text(one_line(line.text), _STYLES[line.style], no_wrap=True, overflow="ellipsis")
