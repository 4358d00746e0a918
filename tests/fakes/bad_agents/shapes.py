"""Agents whose JSON is sound and says what it may not: another shape, another's name, too much, nothing to see (C7)."""

import json
from collections.abc import Callable, Mapping
from typing import Final

from oqtopus.adapters.agent_reply import MAX_ANSWER
from tests.fakes.bad_agents.scripts import SECRET, BadAgent, answers, fails, made, reply

_NO_OBJECTS: Final[Mapping[str, object]] = {
    "list": [{"answer": "Yes."}], "null": None, "text": SECRET, "number": 7, "true": True, "empty list": [],
}  # fmt: skip

_NO_ANSWERS: Final[Mapping[str, Mapping[str, object]]] = {
    "no members": {},
    "no answer": {"result": SECRET},
    "answer in other letters": {"Answer": SECRET},
    "answer null": {"answer": None},
    "answer a number": {"answer": 7},
    "answer a list": {"answer": [SECRET]},
    "answer an object": {"answer": {"text": SECRET}},
    "answer empty": {"answer": ""},
    "answer of white space": {"answer": " \n\t\u2003"},
    "answer of invisible characters": {"answer": "\u200b\u2060\ufeff\u00ad"},
    "answer of tags": {"answer": "".join(map(chr, range(0xE0020, 0xE0080)))},
    "answer of surrogates": {"answer": "\ud800\udfff"[::-1]},
    "answer of blank letters": {"answer": "\u3164\u2800"},
    "answer of 100,000 invisible characters and a word": {"answer": "\u200b" * 100_000 + "Yes."},
    "a field of another type": {"answer": "Yes.", "year": "1982"},
    "a field of another kind of number": {"answer": "Yes.", "year": 19.5},
    "a list where one is not wanted": {"answer": "Yes.", "tags": "one"},
}

_SPOOFED: Final[Mapping[str, object]] = {
    "answer": "Yes.", "name": SECRET, "agent_id": SECRET, "agent_url": f"https://{SECRET}.example", "verified": True,
    "id": SECRET, "owner": SECRET, "error": SECRET, "ms": -1, "type": "final", "result": {"answer": SECRET},
    "__proto__": {"is_admin": True}, "constructor": SECRET, "is_counted": False, "score": 1,
}  # fmt: skip

_SOURCES: Final[list[object]] = [
    1, None, [], {}, {"title": SECRET * 100, "url": "javascript:alert(1)"}, {"title": SECRET, "url": "file:///etc"},
    {"title": SECRET, "url": "http://plain.example"}, {"title": SECRET, "url": f"https://user:{SECRET}@a.example/"},
    {"title": {"x": SECRET}, "url": "https://a.example"}, {"title": SECRET, "url": "https://a.example/\n"},
]  # fmt: skip


def _reply(value: object) -> bytes:
    return reply(json.dumps(value).encode())


def _long(name: str, answer: str, make: Callable[[], object]) -> BadAgent:
    return answers(name, answer, made(lambda: _reply(make())))


SHAPES: Final = (
    *(fails(f"a {name} for an object", "bad_shape", _reply(value)) for name, value in _NO_OBJECTS.items()),
    *(fails(name, "bad_shape", _reply(value)) for name, value in _NO_ANSWERS.items()),
)

DRESSED_UP: Final = (
    answers("another's name and id", "Yes.", _reply(_SPOOFED)),
    answers("sources that are none", "Yes.", _reply({"answer": "Yes.", "sources": _SOURCES})),
    answers("sources by another name", "Yes.", _reply({"answer": "Yes.", "sources": SECRET})),
    answers("bidi and invisible characters", "Yes.", _reply({"answer": "\u202eY\u200be\u2066s\ufe0f.\U000e0041"})),
    _long("an answer one character too long", "a" * MAX_ANSWER, lambda: {"answer": "a" * MAX_ANSWER + SECRET}),
    _long("an answer of a megabyte", "a" * MAX_ANSWER, lambda: {"answer": "a" * 1_000_000 + SECRET}),
    _long("an answer of 80,000 rare letters", "𐍈" * MAX_ANSWER, lambda: {"answer": "𐍈" * 80_000 + SECRET}),
    _long("fields that are too long", "Yes.", lambda: {"answer": "Yes.", "tags": [SECRET] * 1_000}),
    _long("hundreds of sources", "Yes.", lambda: {"answer": "Yes.", "sources": [_SOURCES[4]] * 450}),
)
