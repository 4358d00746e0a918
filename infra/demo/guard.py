"""What every demo agent shares: the guarded ``POST /agent`` route around one ``answer`` function."""

import contextlib
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from flask import Flask, Response, jsonify, request
from rotagent import AgentAuth  # type: ignore[import-untyped]  # rotagent 0.1.0 ships no type hints.

LONGEST_BODY = 64 * 1024
LONGEST_QUERY = 4_000
LONGEST_ANSWER = 8_000
MOST_SOURCES = 10
LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Source:
    """A public page that the reader can open to check the answer."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Reply:
    """Prose of short sentences that can each be quoted alone.

    ``fields`` holds named extras; only those that the caller's ``output_structure`` asks for are sent.
    """

    answer: str
    sources: tuple[Source, ...] = ()
    fields: Mapping[str, list[str]] = field(default_factory=dict)


Answer = Callable[[str], Reply]


class BadRequest(Exception):
    """The body is not ``{"query": "...", "output_structure": {...}}``; the message says what is wrong."""


def guarded_app(name: str, keys_dir: str | Path, answer: Answer) -> Flask:
    """Build an agent that answers only calls signed by a key in ``keys_dir``."""
    app = Flask(name)
    app.config["MAX_CONTENT_LENGTH"] = LONGEST_BODY
    # AgentAuth prints a banner when it is made; a launcher of several agents wants a quiet terminal.
    with contextlib.redirect_stdout(io.StringIO()):
        auth = AgentAuth(keys_dir=str(keys_dir), dev_mode=False)
    app.add_url_rule("/agent", "agent", auth.require_auth(partial(_agent, answer)), methods=["POST"])
    app.add_url_rule("/healthz", "healthz", _healthz, methods=["GET"])
    app.register_error_handler(BadRequest, _bad_request)
    return app


def _agent(answer: Answer) -> Response:
    query, wanted = _parsed(request.get_data())
    return jsonify(_encoded(answer(query), wanted))


def _healthz() -> Response:
    return jsonify({"status": "ok"})


def _bad_request(error: BadRequest) -> tuple[Response, int]:
    return jsonify({"error": str(error)}), 400


def _parsed(body: bytes) -> tuple[str, frozenset[str]]:
    """Return the query and the names of the array fields that the caller wants beside the answer."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest("the body is not JSON") from error
    if not isinstance(parsed, dict):
        raise BadRequest("the body is not a JSON object")
    query = parsed.get("query")
    if not isinstance(query, str) or not query.strip():
        raise BadRequest("query must be a string that is not empty")
    if len(query) > LONGEST_QUERY:
        raise BadRequest(f"query is longer than {LONGEST_QUERY} characters")
    return query.strip(), _array_fields(parsed.get("output_structure"))


def _array_fields(structure: object) -> frozenset[str]:
    properties = structure.get("properties") if isinstance(structure, dict) else None
    if not isinstance(properties, dict):
        return frozenset()
    return frozenset(
        name
        for name, schema in properties.items()
        if isinstance(schema, dict) and schema.get("type", "array") == "array"
    )


def _encoded(reply: Reply, wanted: frozenset[str]) -> dict[str, object]:
    encoded: dict[str, object] = {name: values for name, values in reply.fields.items() if name in wanted and values}
    encoded["answer"] = reply.answer[:LONGEST_ANSWER]
    if reply.sources:
        encoded["sources"] = [
            {"title": source.title[:LONGEST_TITLE], "url": source.url} for source in reply.sources[:MOST_SOURCES]
        ]
    return encoded
