"""What is read from Firestore, what one commit does to it, and how ids become names of documents."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.timestamp_pb2 import Timestamp  # type: ignore[import-untyped]  # protobuf ships no types

# Any: what Firestore keeps has no static type; each store knows the fields that it wrote. In a `Merge` or an `Update`
# the name of what is transformed or deleted may be a path into a map, such as `hours.h9.calls`.
Fields = Mapping[str, Any]

_LONGEST_COMPARED: Final = 1_000
_PLAIN: Final = re.compile(r"(?!__)[A-Za-z0-9_:-]{1,200}\Z")


@dataclass(frozen=True, slots=True)
class Document:
    """A stored document; `version` is its last update's time, which no two states of it share."""

    fields: Fields
    version: Timestamp


@dataclass(frozen=True, slots=True)
class Create:
    """A new document; the commit is refused with `AlreadyThere` when there is one."""

    collection: str
    id: str
    fields: Fields


@dataclass(frozen=True, slots=True)
class Merge:
    """Sets these fields and leaves others alone, whether or not there is a document."""

    collection: str
    id: str
    fields: Fields


@dataclass(frozen=True, slots=True)
class Update:
    """Sets these fields of a document that must be there, and of this version if one is given."""

    collection: str
    id: str
    fields: Fields
    version: Timestamp | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Removes a document; with `must_exist` or a version the commit is refused when that is not there."""

    collection: str
    id: str
    must_exist: bool = False
    version: Timestamp | None = None


Write = Create | Merge | Update | Delete


def name_of(document_id: str) -> str:
    """The id itself when it is plain, else a hash of it, which no plain id looks like.

    Firestore refuses `.`, `..`, `__x__`, long and empty names and takes a slash for another collection.
    """
    return document_id if _PLAIN.match(document_id) else f"~{hashed(document_id)}"


def hashed(*parts: str) -> str:
    """One name for several parts, whatever is in them; where one ends and the next begins counts."""
    lengths = ",".join(str(len(part)) for part in parts)
    return hashlib.sha256("\n".join((lengths, *parts)).encode("utf-8", "surrogatepass")).hexdigest()


def comparable(text: str) -> str:
    """A text for a query to compare with: Firestore refuses long ones, which no id or category of ours equals."""
    return text if len(text.encode("utf-8", "surrogatepass")) <= _LONGEST_COMPARED else f"~{hashed(text)}"
