"""What is wrong with a body, in our own words: pydantic's name Python's types and quote what was sent."""

from collections.abc import Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from oqtopus.domain.text import visible
from oqtopus.errors import Violation

MAX_VIOLATIONS = 20
_MAX_POINTER = 200

_WORDS = {
    "bool_type": "Must be true or false.",
    "extra_forbidden": "There is no such member.",
    "int_type": "Must be a whole number.",
    "list_type": "Must be an array.",
    "missing": "This member is missing.",
    "string_type": "Must be a string.",
    "string_unicode": "Must be text without lone surrogates.",
    "tuple_type": "Must be an array.",
}
_BOUNDS = {
    "greater_than_equal": "Must be at least {ge}.",
    "less_than_equal": "Must be at most {le}.",
    "string_too_long": "Must have at most {max_length} characters.",
    "string_too_short": "Must have at least {min_length} characters.",
    "too_long": "Must have at most {max_length} items.",
    "too_short": "Must have at least {min_length} items.",
}


def violations_of(error: ValidationError) -> Sequence[Violation]:
    """At most 20 faults, each with its JSON pointer (RFC 6901); one inside another is told for both."""
    faults = error.errors(include_url=False, include_input=False)
    found = [Violation(_pointer(fault), _words(fault)) for fault in faults]
    inner = {pointer for fault in found for pointer in _parents(fault.pointer)}
    return [fault for fault in found if fault.pointer not in inner][:MAX_VIOLATIONS]


def _pointer(fault: ErrorDetails) -> str:
    steps = (visible(str(step)).replace("~", "~0").replace("/", "~1") for step in fault["loc"])
    return "".join(f"/{step}" for step in steps)[:_MAX_POINTER]


def _parents(pointer: str) -> list[str]:
    steps = pointer.split("/")
    return ["/".join(steps[:size]) for size in range(1, len(steps))]


def _words(fault: ErrorDetails) -> str:
    kind = fault["type"]
    if kind in _BOUNDS:
        return _BOUNDS[kind].format_map(fault["ctx"])
    return _WORDS.get(kind) or fault["msg"].removeprefix("Value error, ")
