"""Labelled questions, one JSON object a line: `query`, `labels` (none: for nobody) and `accept` (near-synonyms)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from oqtopus.domain.taxonomy import CATEGORY_NAMES

DATA = Path(__file__).with_name("data")
DEV = DATA / "routing_dev.jsonl"
CLINC150 = DATA / "clinc150_routing.jsonl"


class BadQuestions(Exception):
    """The file cannot be judged; the message names the line and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Question:
    """`labels` are wanted; `accept` is neither wanted nor punished in the lenient score."""

    query: str
    labels: frozenset[str]
    accept: frozenset[str]


def read_questions(path: Path) -> tuple[Question, ...]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as unreadable:
        raise BadQuestions(f"{path}: cannot be read as UTF-8 text") from unreadable
    questions = tuple(_question(f"{path}:{number}", line) for number, line in enumerate(lines, 1) if line.strip())
    if not questions:
        raise BadQuestions(f"{path}: holds no question")
    return questions


def _question(place: str, line: str) -> Question:
    try:
        item = json.loads(line)
    except ValueError as malformed:
        raise BadQuestions(f"{place}: is not JSON") from malformed
    if not isinstance(item, dict) or not isinstance(item.get("query"), str) or not item["query"].strip():
        raise BadQuestions(f"{place}: needs a text under `query`")
    return Question(
        item["query"],
        _names(place, "labels", item.get("labels")),
        _names(place, "accept", item.get("accept", [])),
    )


def _names(place: str, member: str, value: object) -> frozenset[str]:
    if not isinstance(value, Sequence) or isinstance(value, str) or not all(isinstance(one, str) for one in value):
        raise BadQuestions(f"{place}: `{member}` must be a list of category names")
    unknown = sorted(set(value) - CATEGORY_NAMES)
    if unknown:
        raise BadQuestions(f"{place}: `{member}` names no category of the taxonomy: {', '.join(unknown)}")
    return frozenset(value)
