"""JSON Schemas of the contract as HTML: a table for each object, a link for each reference."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from functions.web.tables import named, row, table
from functions.web.templates import escape

Schema = Mapping[str, Any]  # Any: JSON Schema.

_CODE: Final = re.compile(r"`([^`]+)`")
_LIMITS: Final = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minProperties": "at least {} members",
    "pattern": "matches {}",
    "format": "{}",
    "default": "by default {}",
}


def prose(text: str) -> str:
    """Text of the contract: paragraphs, of which what stands between backticks is code."""
    paragraphs = (" ".join(part.split()) for part in text.strip().split("\n\n"))
    return "".join(f"<p>{in_line(part)}</p>" for part in paragraphs if part)


def in_line(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text.strip()))


def schema_html(schema: Schema) -> str:
    """What a schema asks for, in full."""
    if "allOf" in schema:
        return "".join(schema_html(part) if "$ref" not in part else _all_of(part) for part in schema["allOf"])
    if "properties" in schema:
        return _members(schema)
    notes = _notes(schema)
    return f"<p>{type_html(schema)}{f': {notes}' if notes else ''}</p>"


def type_html(schema: Schema) -> str:
    """The type in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#schema-{name}">{name}</a>'
    if "const" in schema:
        return f"<code>{escape(json.dumps(schema['const']))}</code>"
    if "enum" in schema:
        return " or ".join(f"<code>{escape(json.dumps(value))}</code>" for value in schema["enum"])
    for union in ("oneOf", "anyOf"):
        if union in schema:
            return " or ".join(type_html(part) for part in schema[union])
    if "allOf" in schema:
        return " and ".join(type_html(part) for part in schema["allOf"])
    if schema.get("type") == "array":
        return f"array of {type_html(schema.get('items', {}))}"
    named = schema.get("type", "any")
    return " or ".join([named] if isinstance(named, str) else named)


def _all_of(part: Schema) -> str:
    return f"<p>All of {type_html(part)}, and:</p>"


def _members(schema: Schema) -> str:
    required = schema.get("required", [])
    rows = (_member(name, member, is_required=name in required) for name, member in schema["properties"].items())
    more = "<p>No other members.</p>" if schema.get("additionalProperties") is False else ""
    return table(("Member", "Type", "Meaning"), rows) + more


def _member(name: str, schema: Schema, *, is_required: bool) -> str:
    inner = "".join(schema_html(part) for part in _inner(schema))
    return row(named(escape(name), is_required=is_required), type_html(schema), _notes(schema) + inner)


def _notes(schema: Schema) -> str:
    described = in_line(schema.get("description", "")).rstrip(".")
    return ". ".join(filter(None, [described, _limits(schema)]))


def _inner(schema: Schema) -> Iterator[Schema]:
    """The objects that have no name of their own, and so are told where they stand."""
    for part in (schema, schema.get("items", {})):
        if "properties" in part:
            yield part


def _limits(schema: Schema) -> str:
    said = (
        words.format(
            f"<code>{escape(json.dumps(schema[key]))}</code>" if key in ("pattern", "default") else schema[key]
        )
        for key, words in _LIMITS.items()
        if key in schema
    )
    return ", ".join(said)
