"""What was measured, beside what it must be."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; `bound` is the most (or, for `at_least`, the least) that it may be."""

    name: str
    value: float
    unit: str
    bound: float
    sense: Literal["at_most", "at_least"] = "at_most"

    @property
    def is_met(self) -> bool:
        return self.value <= self.bound if self.sense == "at_most" else self.value >= self.bound


def percentile(values: Sequence[float], percent: int) -> float:
    """By linear interpolation between the ranks, the ends included."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def table(figures: Sequence[Figure]) -> str:
    width = max(len(figure.name) for figure in figures)
    lines = [f"{'figure':{width}}  {'measured':>10}  {'bound':>10}  unit"]
    for figure in figures:
        sign = "≤" if figure.sense == "at_most" else "≥"
        mark = "" if figure.is_met else "  MISSED"
        bound = f"{sign} {figure.bound:g}"
        lines.append(f"{figure.name:{width}}  {figure.value:>10.2f}  {bound:>10}  {figure.unit}{mark}")
    return "\n".join(lines)


def as_json(figures: Sequence[Figure]) -> str:
    return json.dumps([{**asdict(figure), "is_met": figure.is_met} for figure in figures], ensure_ascii=False)


def save(figures: Sequence[Figure], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_json(figures) + "\n", encoding="utf-8")
