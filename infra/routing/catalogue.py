"""The catalogue that the head is trained on: categories with keywords and examples, and questions for nobody."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from oqtopus.adapters.embedded.head import NONE
from oqtopus.adapters.embedded.policy import TWINS

CATALOGUE = Path(__file__).with_name("catalog.json")
KEYWORD_WEIGHT = 0.3
# There are many questions for nobody; at full weight "none" would win too often.
NONE_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Entry:
    """A category as the catalogue has it."""

    name: str
    description: str
    keywords: tuple[str, ...]
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """A text, the classes it belongs to, and how much it counts.

    Classes have equal shares, one named twice has two: an example of Film belongs to Movie too, but less.
    """

    text: str
    classes: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`mixed` are questions for several categories, `none` questions for no category."""

    entries: tuple[Entry, ...]
    mixed: tuple[TrainingRow, ...]
    none: tuple[str, ...]
    sha256: str

    @property
    def classes(self) -> tuple[str, ...]:
        return (*(entry.name for entry in self.entries), NONE)

    @property
    def rows(self) -> tuple[TrainingRow, ...]:
        described = (row for entry in self.entries for row in _rows_of(entry))
        return (*described, *self.mixed, *(TrainingRow(text, (NONE,), NONE_WEIGHT) for text in self.none))


def read_catalogue(path: Path = CATALOGUE) -> Catalogue:
    raw = path.read_bytes()
    content = json.loads(raw)
    return Catalogue(
        entries=tuple(
            Entry(item["name"], item["description"], tuple(item["keywords"]), tuple(item["examples"]))
            for item in content["categories"]
        ),
        mixed=tuple(TrainingRow(item["text"], tuple(item["labels"]), 1.0) for item in content["mixed_examples"]),
        none=tuple(content["none_examples"]),
        sha256=hashlib.sha256(raw).hexdigest(),
    )


def _rows_of(entry: Entry) -> Iterator[TrainingRow]:
    classes = (entry.name, *TWINS) if entry.name in TWINS else (entry.name,)
    for text in (entry.name, f"{entry.name}: {entry.description}", *entry.examples):
        yield TrainingRow(text, classes, 1.0)
    for keyword in entry.keywords:
        yield TrainingRow(keyword, classes, KEYWORD_WEIGHT)
