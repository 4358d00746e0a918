"""The structured answer by which a language model routes: its schema, and what is made of it."""

import json
import math
import re
from collections.abc import Mapping, Sequence

from oqtopus.adapters.model_calls import failure
from oqtopus.domain.model import Route
from oqtopus.domain.taxonomy import GENERAL_STRUCTURE, TAXONOMY

MOST_CATEGORIES = 4
MOST_FIELDS = 6

_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LONGEST_DESCRIPTION = 200
_TYPES: Mapping[str, Mapping[str, object]] = {
    "string": {"type": "string", "maxLength": 2000},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "string_list": {"type": "array", "maxItems": 20, "items": {"type": "string", "maxLength": 200}},
}
_FIXED: Mapping[str, object] = GENERAL_STRUCTURE["properties"]  # type: ignore[assignment]  # A schema's values are objects.
_TEMPLATES = {category.name: category.output_structure for category in TAXONOMY}


def _strict(properties: Mapping[str, object]) -> dict[str, object]:
    required = list(properties)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def routing_schema(categories: Sequence[str]) -> dict[str, object]:
    """The JSON Schema that a routing answer keeps to, in the subset that the providers enforce strictly."""
    field = {
        "name": {"type": "string", "description": "snake_case, at most 40 characters"},
        "type": {"type": "string", "enum": list(_TYPES)},
        "description": {"type": "string"},
    }
    return _strict(
        {
            "categories": {
                "type": "array",
                "items": {"type": "string", "enum": list(categories)},
                "maxItems": MOST_CATEGORIES,
                "description": "The question's categories, best first; empty when none fits.",
            },
            "confidence": {"type": "number", "description": "Probability from 0 to 1 that they are right."},
            "fields": {
                "type": "array",
                "items": _strict(field),
                "maxItems": MOST_FIELDS,
                "description": "What a good answer states beside its text.",
            },
        }
    )


ROUTING_SCHEMA = routing_schema([category.name for category in TAXONOMY])


def route_from(model: str, text: str) -> Route:
    """The route that a routing answer says; unknown categories and unusable fields are left out."""
    if not text.strip():
        raise failure(model, "empty")
    try:
        answer = json.loads(text)
        named, confidence, fields = answer["categories"], float(answer["confidence"]), answer.get("fields")
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise failure(model, "malformed", error) from None
    if not isinstance(named, list) or not math.isfinite(confidence):
        raise failure(model, "malformed")
    known = [name for name in named if isinstance(name, str) and name in _TEMPLATES]
    template = _TEMPLATES[known[0]] if known else GENERAL_STRUCTURE
    return Route(
        categories=tuple(dict.fromkeys(known))[:MOST_CATEGORIES],
        confidence=max(0.0, min(1.0, confidence)),
        routed_by=model,
        output_structure=output_structure(fields if isinstance(fields, list) else [], template),
    )


def output_structure(fields: Sequence[object], template: Mapping[str, object]) -> Mapping[str, object]:
    """The JSON Schema of an answer that states these fields; the template when none of them is usable.

    `answer` is always required and `sources` always allowed, both as the taxonomy has them.
    """
    named = dict(read for field in fields if (read := _property(field)) is not None)
    chosen = {name: named[name] for name in list(named)[:MOST_FIELDS] if name not in _FIXED}
    if not chosen:
        return template
    return {"type": "object", "properties": {**_FIXED, **chosen}, "required": ["answer"]}


def _property(field: object) -> tuple[str, Mapping[str, object]] | None:
    if not isinstance(field, Mapping):
        return None
    name, kind, description = (field.get(key) for key in ("name", "type", "description"))
    if not isinstance(name, str) or not _FIELD_NAME.fullmatch(name):
        return None
    if not isinstance(kind, str) or kind not in _TYPES:
        return None
    if not isinstance(description, str) or not description.strip():
        return name, _TYPES[kind]
    return name, {**_TYPES[kind], "description": description.strip()[:_LONGEST_DESCRIPTION]}
