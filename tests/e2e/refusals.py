"""Bad requests, made from the limits and the contract: what is sent, and what must come back."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tests.e2e.contract_operations import DOCUMENT, METHODS, Operation, Schema, filled, methods_of, resolved, types_of

MARK = "zqmarkzq"
"""Stands in bad values, and so must stand in no reply."""

MAX_BODY_BYTES = 65_536
JSON = "application/json"
REFUSED = frozenset({400, 422})
ANY_BUT_A_FAILURE = frozenset(range(200, 500)) - {413, 415}

_FOREIGN_MEMBERS = (
    *("user_id", "owner", "owner_id", "account_id", "id", "private_key", "key_version", "verified", "verified_at"),
    *("score", "quota", "is_admin", "is_suspended", "role", "status", "health", "created_at", "__proto__", "zz/z~z"),
)
_SCALARS: Mapping[str, object] = {
    "number": 7.5,
    "string": MARK,
    "array": [MARK],
    "object": {"x": MARK},
    "boolean": True,
}
_MEDIA_TYPES = ("", "text/plain", "text/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")
_MORE_MEDIA_TYPES = ("application/jsonp", "application/json-patch+json", "application/xml", "*/*")
_SURROGATE = "\\ud800"
_ODD_TEXTS = {"nul": "\\u0000", "escape": "\\u001b[2J", "bidi": "\\u202e", "c1": "\\u0085", "lone": _SURROGATE}
# Their text is an address, a secret or a URL, which have rules of their own; there is no 5xx for them, and no success.
_OWN_RULES = ("email", "password", "url", "token")
_BAD_IDS = ("%2e%2e", "a.b", "a%2Fb", "%00", "%0a", "a%20b", "%C3%A9", "%ff", "~", "a" * 65, "a" * 1_500, "a@b", "%25")
_BAD_CREDENTIALS = {
    "of another scheme": "Basic YWRhOmFkYQ==",
    "without a value": "Bearer",
    "of two words": "Bearer a b",
    "of another make": "Bearer " + MARK,
    "with a bad checksum": "Bearer oqs_" + "a" * 46,
    "long": "Bearer " + "a" * 7_000,
    "that is a JWT": "Bearer eyJhbGciOiJub25lIn0.e30.",
}
_UNKNOWN_PATHS = (
    *("/v1", "/v2/search", "/v1/unknown", "/v1/search/x", "/.env", "/openapi.json", "/metrics", "/debug", "/v1//me"),
    *("/v1/agents/a/b/c", "/v1/%2e%2e/me", "/v1/search%00", "/v1/Search", "/events", "/" + "a" * 5_000, "/%ff"),
)


@dataclass(frozen=True, slots=True)
class BadRequest:
    """`statuses` are those that it may be answered with; `pointer` is what a 422 must name, or must not."""

    label: str
    method: str
    path: str
    statuses: frozenset[int]
    content: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()
    is_signed_in: bool = True
    is_chunked: bool = False
    pointer: str | None = None
    innocent: str | None = None
    query: str = ""


def bad_requests(operation: Operation) -> Iterator[BadRequest]:
    """All bad requests to one operation, and some just inside its bounds."""
    yield from _bad_credentials(operation)
    yield from _bad_ids(operation)
    yield from _bad_parameters(operation)
    if operation.members is not None:
        for request in (*_bad_shapes(operation), *_bad_envelopes(operation), *_bad_members(operation)):
            # Who names nothing of ours in the path may be told so before the body is read.
            is_absent = "{" in operation.path and "/agents/" not in operation.path
            yield replace(request, statuses=request.statuses | {404}, pointer=None) if is_absent else request


def bad_addresses() -> Iterator[BadRequest]:
    """Paths that are nobody's, and methods that known paths do not have."""
    for path in _UNKNOWN_PATHS:
        for method in ("GET", "POST"):
            yield BadRequest("an unknown path", method, path, frozenset({404}))
    for path in DOCUMENT["paths"]:
        known = methods_of(path)
        for method in {*map(str.upper, METHODS), "HEAD", "OPTIONS", "TRACE", "BREW"} - known:
            yield BadRequest("an unknown method", method, filled(path, "absent"), frozenset({405}))


def _request(operation: Operation, label: str, statuses: frozenset[int], document: object) -> BadRequest:
    return _raw(operation, label, statuses, json.dumps(document).encode())


def _raw(
    operation: Operation, label: str, statuses: frozenset[int], content: bytes, pointer: str | None = None
) -> BadRequest:
    headers = (("Content-Type", JSON),)
    return BadRequest(
        label, operation.method, operation.path, statuses, content, headers, operation.takes_credential, pointer=pointer
    )


def _bad_credentials(operation: Operation) -> Iterator[BadRequest]:
    method, path = operation.method, operation.path
    refused = frozenset({401}) if operation.takes_credential else ANY_BUT_A_FAILURE | {415}
    body = json.dumps(operation.example).encode() if operation.members is not None else None
    typed = (("Content-Type", JSON),) if body is not None else ()
    if operation.needs_credential:
        yield BadRequest("no credential", method, path, refused, body, typed, is_signed_in=False)
    for name, value in _BAD_CREDENTIALS.items():
        headers = (*typed, ("Authorization", value))
        yield BadRequest(f"a credential {name}", method, path, refused, body, headers, is_signed_in=False)
    twice = (*typed, ("Authorization", "Bearer a"), ("Authorization", "Bearer b"))
    yield BadRequest("two credentials", method, path, refused, body, twice, is_signed_in=False)


def _bad_ids(operation: Operation) -> Iterator[BadRequest]:
    if "{" not in operation.path:
        return
    body = json.dumps(operation.example).encode() if operation.members is not None else None
    typed = (("Content-Type", JSON),) if body is not None else ()
    for value in _BAD_IDS:
        path = operation.filled_path(value)
        yield BadRequest(f"an id such as {value[:9]}", operation.method, path, frozenset({404, 405}), body, typed)


def _bad_parameters(operation: Operation) -> Iterator[BadRequest]:
    method, path = operation.method, operation.path
    for parameter in operation.parameters:
        name, schema = parameter["name"], resolved(parameter["schema"])
        if parameter["in"] == "query":
            values = {f"{name}=x&{name}=y", f"{name}={'%C3%A9' * (schema.get('maxLength', 64) + 1)}"}
            for query in values | ({f"{name}={MARK}"} if "enum" in schema else set()):
                statuses, pointer = frozenset({422}), f"/{name}"
                yield BadRequest(f"a bad {name}", method, path, statuses, query=query, pointer=pointer)
            for odd in ("%00", "%ff", "%ed%a0%80", "%0d%0aX:%20y"):
                yield BadRequest(f"an odd {name}", method, path, ANY_BUT_A_FAILURE, query=f"{name}={odd}")
        if parameter["in"] == "header" and schema.get("maxLength") and operation.members is not None:
            body = json.dumps(operation.example).encode()
            for value in ("a" * (schema["maxLength"] + 1), "caf\u00e9", ""):
                headers = (("Content-Type", JSON), (name, value))
                yield BadRequest(f"a bad {name}", method, path, REFUSED, body, headers)


def _bad_shapes(operation: Operation) -> Iterator[BadRequest]:
    """What is not one JSON object in UTF-8, at most 64 deep."""
    good = json.dumps(operation.example)
    first = next(iter(operation.members or {}))
    texts = {
        **{"nothing": "", "blanks": " \n", "an array": "[]", "a string": '"x"', "null": "null", "a number": "7"},
        **{"cut short": good[:-1], "more after it": good + "{}", "a comma too many": good[:-1] + ",}"},
        **{f"{word} in it": f'{{"{first}": {word}}}' for word in ("NaN", "Infinity", "-Infinity", "1e999")},
        **{"single quotes": "{'a': 'b'}", "a comment": good + "// x", "a raw line break": '{"a": "\n"}'},
        **{"endless digits": f'{{"{first}": {"9" * 5_000}}}', "65 levels": _nested(first, 65), "10,000": "[" * 10_000},
    }
    for label, text in texts.items():
        yield _raw(operation, label, frozenset({400}), text.encode())
    for label, content in {"invalid UTF-8": b'{"a": "\xff"}', "UTF-16": good.encode("utf-16")}.items():
        yield _raw(operation, label, frozenset({400}), content)
    yield _raw(operation, "64 levels", frozenset({422}), _nested(first, 64).encode(), f"/{first}")
    yield _raw(operation, "a member that comes twice", frozenset({400}), f'{{"{first}": 1, "{first}": 1}}'.encode())


def _nested(name: str, depth: int) -> str:
    """An object of this depth, itself counted."""
    return f'{{"{name}": {"[" * (depth - 1)}{"]" * (depth - 1)}}}'


def _bad_envelopes(operation: Operation) -> Iterator[BadRequest]:
    """Media types, compression, size."""
    method, path, good = operation.method, operation.path, json.dumps(operation.example).encode()
    for value in (*_MEDIA_TYPES, *_MORE_MEDIA_TYPES):
        typed = (("Content-Type", value),) if value else ()
        yield BadRequest(f"media type {value or 'none'}", method, path, frozenset({415}), good, typed)
    for value in ("gzip", "br", "deflate", "zstd", "identity, gzip", "x"):
        encoded = (("Content-Type", JSON), ("Content-Encoding", value))
        yield BadRequest(f"compressed by {value}", method, path, frozenset({415}), good, encoded)
    twice = (("Content-Type", JSON), ("Content-Type", "text/plain"))
    yield BadRequest("two media types", method, path, ANY_BUT_A_FAILURE | {415}, good, twice)
    headers, over = (("Content-Type", JSON),), good.ljust(MAX_BODY_BYTES + 1)
    yield _raw(operation, "65,536 bytes", ANY_BUT_A_FAILURE, good.ljust(MAX_BODY_BYTES))
    yield BadRequest("65,537 bytes", method, path, frozenset({413}), over, headers)
    yield BadRequest("65,537 bytes in chunks", method, path, frozenset({413}), over, headers, is_chunked=True)


def _bad_members(operation: Operation) -> Iterator[BadRequest]:
    members, good, refused = operation.members or {}, operation.example, frozenset({422})
    for name in (*_FOREIGN_MEMBERS, MARK):
        if name not in members:
            # A member's name is its sender's own and may be named in the reply, its value may not.
            pointer = "/" + name.replace("~", "~0").replace("/", "~1")
            content = json.dumps({**good, name: f"{MARK} value"}).encode()
            yield _raw(operation, f"a foreign member {name}", refused, content, pointer)
    for name in operation.required:
        rest = {key: value for key, value in good.items() if key != name}
        yield _raw(operation, f"no {name}", refused, json.dumps(rest).encode(), f"/{name}")
    for name, schema in members.items():
        for label, value in _bad_values(name, schema):
            content = json.dumps({**good, name: value}).encode()
            yield _raw(operation, f"{name}: {label}", refused, content, f"/{name}")
        yield from _odd_texts(operation, name, schema)
        yield from _just_inside(operation, name, schema)


def _bad_values(name: str, schema: Schema) -> Iterator[tuple[str, object]]:
    """Wrong types, and values just outside each bound."""
    taken = types_of(schema)
    if "null" not in taken:
        yield "null", None
    for kind, value in _SCALARS.items():
        if kind not in taken:
            yield kind, value
    if "maxLength" in schema:
        yield "too long", (MARK * schema["maxLength"])[: schema["maxLength"] + 1]
    if schema.get("minLength"):
        yield "empty", ""
    if "enum" in schema:
        yield "none of the words", MARK
    if "pattern" in schema:
        yield from (("a line break at its end", "a\n"), ("upper case", "A"), ("far too long", "a" * 700))
    if "maximum" in schema:
        yield from (("over", schema["maximum"] + 1), ("under", schema["minimum"] - 1), ("huge", 10**30))
    if "array" in taken:
        yield from (("too few", []), ("too many", [MARK] * (schema["maxItems"] + 1)), ("unknown", [MARK]))
        yield from (("of numbers", [7]), ("of null", [None]), ("of arrays", [[MARK]]))


def _odd_texts(operation: Operation, name: str, schema: Schema) -> Iterator[BadRequest]:
    """Characters that have no place in text, escaped as a client that means ill would."""
    if "string" not in types_of(schema) or "enum" in schema or "pattern" in schema:
        return
    is_lenient = any(name.endswith(word) for word in _OWN_RULES)
    rest = {key: value for key, value in operation.example.items() if key != name}
    texts = dict(_ODD_TEXTS)
    if schema.get("minLength"):
        texts |= {"zero width only": "\\u200b\\u200d", "blanks only": "  ", "tags only": "\\udb40\\udc41"}
    for label, text in texts.items():
        odd = text if label.endswith("only") else f"abcdefgh{text}ijkl"
        content = f'{json.dumps(rest)[:-1]}{", " if rest else ""}"{name}": "{odd}"}}'
        statuses = ANY_BUT_A_FAILURE if is_lenient and label != "lone" else frozenset({422})
        yield _raw(operation, f"{name}: {label}", statuses, content.encode(), None if is_lenient else f"/{name}")


def _just_inside(operation: Operation, name: str, schema: Schema) -> Iterator[BadRequest]:
    """Values at a bound, which nothing may be refused for."""
    values: list[object] = []
    if "maxLength" in schema and not any(name.endswith(word) for word in ("url", "token", "email")):
        values.append(("abcdefghijklmnopqrs " * schema["maxLength"])[: schema["maxLength"] - 1] + "z")
    if name.endswith("email"):
        values.append(f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.org")
    if "maximum" in schema:
        values += [schema["minimum"], schema["maximum"]]
    for value in values:
        content = json.dumps({**operation.example, name: value}).encode()
        yield replace(_raw(operation, f"{name}: just inside", ANY_BUT_A_FAILURE, content), innocent=f"/{name}")
