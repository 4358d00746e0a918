"""The manifest (`functions.yaml`) as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

MANIFEST = Path(__file__).with_name("functions.yaml")


@dataclass(frozen=True, slots=True)
class Route:
    """A path template, its methods, and the path that the function sees instead, for an alias."""

    segments: tuple[str, ...]
    methods: tuple[str, ...]
    alias_of: str | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """One deployed function; `module` is where its entry point is imported from, `topics` what is pushed to it.

    `streams` says that its replies must not be held back, `is_in_contract` whether it serves operations of the API, and
    `includes` are files of the tree that its package holds beside its own.
    """

    name: str
    source: Path
    entry_point: str
    requirements: str
    routes: tuple[Route, ...]
    topics: tuple[str, ...] = ()
    timeout_seconds: int = 60
    publishes: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    streams: bool = False
    is_in_contract: bool = True
    includes: tuple[Path, ...] = ()

    @property
    def module(self) -> str:
        return ".".join((*self.source.parts, "main"))


@dataclass(frozen=True, slots=True)
class Schedule:
    """A message that is published again and again, with no data."""

    topic: str
    every_minutes: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """How often a message is delivered before it is a dead letter, and the pauses in between."""

    attempts: int = 100
    shortest_backoff_seconds: int = 10
    longest_backoff_seconds: int = 600


@dataclass(frozen=True, slots=True)
class Manifest:
    max_body_bytes: int
    functions: tuple[Function, ...]
    topics: tuple[str, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    delivery: Delivery = Delivery()
    secrets: tuple[str, ...] = ()
    uptime_path: str = "/"


def load_manifest(path: Path = MANIFEST) -> Manifest:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    functions = tuple(_function(name, entry) for name, entry in document["functions"].items())
    schedules = tuple(Schedule(**entry) for entry in document["schedules"])
    return Manifest(
        document["max_body_bytes"],
        functions,
        tuple(document["topics"]),
        schedules,
        Delivery(**document["delivery"]),
        tuple(document["secrets"]),
        document["uptime_path"],
    )


def segments_of(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/"))


def path_of(segments: tuple[str, ...]) -> str:
    return "/" + "/".join(segments)


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
        tuple(entry.get("publishes", [])),
        tuple(entry.get("secrets", [])),
        entry.get("streams", False),
        entry.get("contract", True),
        tuple(map(Path, entry.get("includes", []))),
    )
