"""Hand-made pairs, one JSON object a line: a sentence and a passage, or two statements of different agents."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

DATA = Path(__file__).with_name("data")
SETS = ("dev", "held_out")


@dataclass(frozen=True, slots=True)
class SupportPair:
    """Does the passage support the sentence? `kind` says how the sentence was made."""

    sentence: str
    passage: str
    is_supported: bool
    kind: str


@dataclass(frozen=True, slots=True)
class StatementPair:
    """Do the two contradict each other, and in what (`number`, `value`, `negation`)? None where they do not."""

    first: str
    second: str
    kind: str | None


def support_pairs(name: str) -> tuple[SupportPair, ...]:
    return _read(f"support_{name}.jsonl", _support_pair)


def statement_pairs(name: str) -> tuple[StatementPair, ...]:
    return _read(f"disagreement_{name}.jsonl", _statement_pair)


def _read(name: str, made: Callable[[Mapping[str, object]], T]) -> tuple[T, ...]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return tuple(made(json.loads(line)) for line in lines)


def _support_pair(row: Mapping[str, object]) -> SupportPair:
    return SupportPair(str(row["sentence"]), str(row["passage"]), bool(row["supported"]), str(row["kind"]))


def _statement_pair(row: Mapping[str, object]) -> StatementPair:
    return StatementPair(str(row["first"]), str(row["second"]), str(row["kind"]) if row["kind"] else None)
