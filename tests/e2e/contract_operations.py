"""The operations of `infra/openapi.yaml`, as tests read them that go over all of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Schema = Mapping[str, Any]  # Any: JSON Schema.

DOCUMENT: Schema = yaml.safe_load(Path("infra/openapi.yaml").read_text(encoding="utf-8"))
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; `members` are the schemas of its body's members, None when it takes no body.

    One that takes no credential may refuse a bad one or ignore it.
    """

    id: str
    method: str
    path: str
    takes_credential: bool
    needs_credential: bool
    members: Mapping[str, Schema] | None
    required: tuple[str, ...]
    example: Mapping[str, object]
    parameters: tuple[Schema, ...]

    def filled_path(self, value: str) -> str:
        return filled(self.path, value)


def filled(path: str, value: str) -> str:
    """The path with `value` in place of what is in braces."""
    return "/".join(value if part.startswith("{") else part for part in path.split("/"))


def resolved(schema: Schema) -> Schema:
    """The schema with a reference followed."""
    while "$ref" in schema:
        target = DOCUMENT
        for name in schema["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        schema = target
    return schema


def types_of(schema: Schema) -> tuple[str, ...]:
    """The JSON types that the schema takes; an `enum` is one of strings."""
    named = schema.get("type", "string" if "enum" in schema else ())
    return (named,) if isinstance(named, str) else tuple(named)


def methods_of(path: str) -> set[str]:
    return {method.upper() for method in DOCUMENT["paths"][path] if method in METHODS}


def _operations() -> Iterator[Operation]:
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in item:
                yield _operation(path, method, item[method], item.get("parameters", []))


def _operation(path: str, method: str, described: Schema, shared: list[Schema]) -> Operation:
    media = resolved(described.get("requestBody", {})).get("content", {}).get("application/json", {})
    body = resolved(media.get("schema", {}))
    security = described.get("security", DOCUMENT["security"])
    return Operation(
        id=described["operationId"],
        method=method.upper(),
        path=path,
        takes_credential=any(security),
        needs_credential=bool(security) and {} not in security,
        members={name: resolved(schema) for name, schema in body["properties"].items()} if media else None,
        required=tuple(body.get("required", ())),
        example=_example(media, body),
        parameters=tuple(resolved(parameter) for parameter in (*shared, *described.get("parameters", []))),
    )


def _example(media: Schema, body: Schema) -> Mapping[str, object]:
    """The example of the contract, with a word for each string that is required and not in it."""
    examples = [media.get("example"), *(entry["value"] for entry in media.get("examples", {}).values())]
    shown: dict[str, object] = next(filter(None, examples), {})
    return dict.fromkeys(body.get("required", ()), "a word") | shown


OPERATIONS = tuple(_operations())
