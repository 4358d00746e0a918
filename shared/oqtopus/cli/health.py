"""`oqtopus agents health`: whatever the server tells, by the names that it has for it.

So what a newer server adds is shown too. Of a list of hours or days each figure is a row of bars.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from oqtopus.cli.command import Command
from oqtopus.cli.words import duration, moment, share

_BARS = "▁▂▃▄▅▆▇█"
_NONE = "·"


def health(command: Command) -> None:
    with command.client() as client:
        document = client.read_agent_health(command.asked.agent).document
    if command.asked.json:
        command.show_json(document)
        return
    command.out.facts(list(_facts(document)))


def _facts(document: Mapping[str, object], group: str = "", unit: str = "") -> Iterator[tuple[str, str]]:
    """`unit` is how the name of the whole ends, where its parts are measured likewise."""
    for name, value in document.items():
        title = f"{group}{_title(name)}"
        if isinstance(value, dict):
            yield from _facts(value, f"{title}: ", "_ms" if name.endswith("_ms") else unit)
        elif isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
            yield from _rows_of_bars(title, value)
        else:
            yield title, _shown(f"{name}{unit}", value)


def _rows_of_bars(title: str, rows: Sequence[Mapping[str, object]]) -> Iterator[tuple[str, str]]:
    for name in rows[0]:
        figures = [_figure(row.get(name)) for row in rows]
        if any(figure is not None for figure in figures):
            most = max(figure or 0 for figure in figures)
            yield f"{title}: {_title(name)}", f"{_bars(figures, most)}  up to {_shown(name, most)}"


def _bars(figures: Sequence[float | None], most: float) -> str:
    """One character each, as high as its share of the highest; a dot where there is nothing."""
    return "".join(_BARS[round(figure / most * (len(_BARS) - 1))] if figure else _NONE for figure in figures)


def _figure(value: object) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0 else None


def _title(name: str) -> str:
    return name.removesuffix("_ms").replace("_", " ")


def _shown(name: str, value: object) -> str:
    """A value by what its name says that it is."""
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case int() | float() if name.endswith("_ms"):
            return duration(value)
        case int() | float() if name.endswith("_rate"):
            return share(value)
        case list():
            return ", ".join(_shown(name, each) for each in value) or "-"
        case str():
            return _time(value) or value
        case _:
            return str(value)


def _time(text: str) -> str | None:
    if len(text) < len("2026-11-22T12:00:00Z"):
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment(time) if time.tzinfo else None
