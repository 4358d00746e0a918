"""JSON documents as values, by the types of their fields.

Members that no field stands for are kept in `document`. A field with a default is left at it when its member is missing
or is not as expected, so that a server that is newer than this client is understood as far as possible; any other
member must fit. A member that no field can be called after has its name in the field's metadata.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import datetime
from functools import cache
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from oqtopus.client.errors import UnexpectedReply

Document = Mapping[str, Any]  # Any: JSON of the server.

V = TypeVar("V", bound="Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What was read from a document, and that document with all its members."""

    document: Document = field(default_factory=dict, repr=False, compare=False)


def read(kind: type[V], document: object) -> V:
    """The document as a `kind`; `UnexpectedReply` names the member that does not fit and never shows its value."""
    try:
        found: V = _value(kind, document, "")
    except _Misfit as misfit:
        raise UnexpectedReply(f"The server's reply does not fit the contract at {misfit.pointer or '/'}.") from None
    return found


class _Misfit(Exception):
    def __init__(self, pointer: str) -> None:
        super().__init__(pointer)
        self.pointer = pointer


def _value(kind: Any, document: object, pointer: str) -> Any:  # Any: one of the subclasses of Value.
    if not isinstance(document, dict):
        raise _Misfit(pointer)
    found: dict[str, object] = {"document": document}
    types = _types(kind)
    for member in fields(kind):
        if member.name == "document":
            continue
        is_optional = member.default is not MISSING or member.default_factory is not MISSING
        name = member.metadata.get("name", member.name)
        try:
            if name in document:
                found[member.name] = _decoded(types[member.name], document[name], f"{pointer}/{name}")
            elif not is_optional:
                raise _Misfit(f"{pointer}/{name}")
        except _Misfit:
            if not is_optional:
                raise
    return kind(**found)


@cache
def _types(kind: type) -> Mapping[str, Any]:  # Any: a type, or what `typing` makes of several.
    return get_type_hints(kind)


def _decoded(kind: Any, found: object, pointer: str) -> object:  # Any: as above.
    """What `found` is as a `kind`: a value, a tuple of one kind, an optional one, a time, or JSON as it is."""
    if is_dataclass(kind):
        return _value(kind, found, pointer)
    arguments = get_args(kind)
    if get_origin(kind) is UnionType:
        return None if found is None else _decoded(arguments[0], found, pointer)
    if get_origin(kind) is tuple and isinstance(found, list):
        return tuple(_decoded(arguments[0], item, f"{pointer}/{place}") for place, item in enumerate(found))
    if kind is datetime and isinstance(found, str):
        return _time(found, pointer)
    is_right = isinstance(found, (int, float) if kind is float else get_origin(kind) or kind)
    if not is_right or (isinstance(found, bool) and kind is not bool):
        raise _Misfit(pointer)
    return found


def _time(found: str, pointer: str) -> datetime:
    try:
        time = datetime.fromisoformat(found)
    except ValueError:
        raise _Misfit(pointer) from None
    if time.tzinfo is None:
        raise _Misfit(pointer)
    return time
