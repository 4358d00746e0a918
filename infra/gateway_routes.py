"""What the gateway's document says of each request: whose it is, what its path becomes, how long it may take."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from infra.gateway_document import Document
from infra.manifest import segments_of
from oqtopus.wire.requests import is_identifier

_FILE_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]|\.(?=[a-z0-9])){0,62}")
_ADDRESS = re.compile(r"\$\{urls\.([a-z][a-z0-9-]*)\}(/[^?]*)?")


@dataclass(frozen=True, slots=True)
class Operation:
    """One path template and method; `constant_path` takes the place of the request's own, for an alias."""

    segments: tuple[str, ...]
    method: str
    function: str
    constant_path: str | None
    deadline_seconds: float

    def matches(self, segments: tuple[str, ...]) -> bool:
        """Whether the path is this operation's."""
        return len(segments) == len(self.segments) and all(map(_fits, self.segments, segments))


def _fits(own: str, given: str) -> bool:
    """A segment in braces stands for what can be an id, and `{file}` for the name of a file; nothing else fits."""
    if own == "{file}":
        return _FILE_NAME.fullmatch(given) is not None
    return is_identifier(given) if own.startswith("{") else own == given


def operations_of(document: Document) -> tuple[Operation, ...]:
    """Every operation of the document; an address that is no function's is an error of whoever wrote it."""
    return tuple(_operations(document))


def _operations(document: Document) -> Iterator[Operation]:
    backends = document["x-google-api-management"]["backends"]
    for path, item in document["paths"].items():
        for method, operation in item.items():
            backend = backends[operation["x-google-backend"]]
            address = _ADDRESS.fullmatch(backend["address"])
            if address is None:
                raise ValueError(f"{backend['address']} is not the address of a function.")
            is_constant = backend["pathTranslation"] == "CONSTANT_ADDRESS"
            yield Operation(
                segments_of(path),
                method.upper(),
                address[1],
                (address[2] or "/") if is_constant else None,
                backend["deadline"],
            )
