"""The manifest (`functions.yaml`) as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from oqtopus.wire.requests import is_identifier

MANIFEST = Path(__file__).with_name("functions.yaml")


@dataclass(frozen=True, slots=True)
class Route:
    """A path template, its methods, and the path (and query) that the function sees instead, for an alias."""

    segments: tuple[str, ...]
    methods: tuple[str, ...]
    alias_of: str | None = None

    def matches(self, segments: tuple[str, ...]) -> bool:
        """Whether the path is this route's; a segment in braces stands for what can be an id and nothing else."""
        return len(segments) == len(self.segments) and all(
            is_identifier(given) if own.startswith("{") else own == given
            for own, given in zip(self.segments, segments, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Function:
    """One deployed function; `module` is where its entry point is imported from, `topics` what is pushed to it."""

    name: str
    source: Path
    entry_point: str
    requirements: str
    routes: tuple[Route, ...]
    topics: tuple[str, ...] = ()
    timeout_seconds: int = 60

    @property
    def module(self) -> str:
        return ".".join((*self.source.parts, "main"))


@dataclass(frozen=True, slots=True)
class Schedule:
    """A message that is published again and again, with no data."""

    topic: str
    every_minutes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    max_body_bytes: int
    functions: tuple[Function, ...]
    topics: tuple[str, ...] = ()
    schedules: tuple[Schedule, ...] = ()


def load_manifest(path: Path = MANIFEST) -> Manifest:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    functions = tuple(_function(name, entry) for name, entry in document["functions"].items())
    schedules = tuple(Schedule(**entry) for entry in document["schedules"])
    return Manifest(document["max_body_bytes"], functions, tuple(document["topics"]), schedules)


def segments_of(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/"))


def _function(name: str, entry: Mapping[str, Any]) -> Function:  # Any: YAML.
    routes = [*entry.get("routes", []), *entry.get("aliases", [])]
    return Function(
        name,
        Path(entry["source"]),
        entry["entry_point"],
        entry["requirements"],
        tuple(Route(segments_of(route["path"]), tuple(route["methods"]), route.get("of")) for route in routes),
        tuple(entry.get("topics", [])),
        entry["timeout_seconds"],
    )
