"""Agents whose body is not the JSON that it must be (C6)."""

import json
from collections.abc import Callable
from typing import Final

from tests.fakes.bad_agents.scripts import BODY, SECRET, BadAgent, answers, fails, head, made, reply

_MEBIBYTE = 2**20


def _said(media_type: str, body: bytes = BODY) -> bytes:
    return head(f"Content-Type: {media_type}", length=len(body)) + body


MEDIA_TYPES: Final = (
    fails("HTML page", "bad_media_type", _said("text/html", b"<html><title>%s</title>" % SECRET.encode())),
    fails("plain text", "bad_media_type", _said("text/plain")),
    fails("JSON under a longer name", "bad_media_type", _said("application/json-seq")),
    fails("problem document", "bad_media_type", _said("application/problem+json")),
    fails("JSON by a list of types", "bad_media_type", _said("application/json, text/html")),
    fails("two media types", "bad_media_type", _said("application/json\r\nContent-Type: text/html")),
    fails("one media type twice", "bad_media_type", _said("application/json\r\nContent-Type: application/json")),
    fails("empty media type", "bad_media_type", _said("")),
    fails("no media type", "bad_media_type", head(length=len(BODY)) + BODY),
    fails("event stream", "bad_media_type", _said("text/event-stream", b"data: {}\n\n")),
    answers("media type in capitals", "Yes.", _said("Application/JSON")),
    answers("media type with parameters", "Yes.", _said("application/json; charset=utf-8; profile=x")),
)

_LATIN = '{"answer":"Ärger"}'.encode("latin-1")

TEXTS: Final = (
    fails("latin-1", "bad_json", _said("application/json; charset=latin-1", _LATIN)),
    fails("latin-1 without saying so", "bad_json", reply(_LATIN)),
    answers("ASCII by the name of latin-1", "Yes.", _said("application/json; charset=latin-1")),
    fails("UTF-16", "bad_json", reply('{"answer":"Yes."}'.encode("utf-16"))),
    fails("UTF-32", "bad_json", reply('{"answer":"Yes."}'.encode("utf-32-le"))),
    fails("byte order mark", "bad_json", reply(b"\xef\xbb\xbf" + BODY)),
    fails("invalid UTF-8", "bad_json", reply(b'{"answer":"\xff\xfe"}')),
    fails("overlong UTF-8", "bad_json", reply(b'{"answer":"\xc0\xaf"}')),
    fails("surrogates in UTF-8", "bad_json", reply(b'{"answer":"\xed\xa0\x80"}')),
    fails("half a character", "bad_json", reply(b'{"answer":"\xe2\x82"}')),
)

_BROKEN: Final[dict[str, bytes]] = {
    "nothing": b"",
    "white space": b" \r\n\t",
    "HTML called JSON": b"<html></html>",
    "JSON broken off": BODY[:-1],
    "text behind the document": BODY + b" and more",
    "two documents": BODY + BODY,
    "two documents on two lines": BODY + b"\n" + BODY,
    "NUL behind the document": BODY + b"\0",
    "a guard before the document": b")]}',\n" + BODY,
    "callback": b"callback(" + BODY + b")",
    "NaN": b'{"answer":"Yes.","x":NaN}',
    "Infinity": b'{"answer":"Yes.","x":Infinity}',
    "-Infinity": b'{"answer":"Yes.","x":-Infinity}',
    "number past all bounds": b'{"answer":"Yes.","x":1e999}',
    "number of 401 digits": b'{"answer":"Yes.","x":%s}' % (b"9" * 401),
    "number with 401 decimals": b'{"answer":"Yes.","x":0.%s}' % (b"9" * 401),
    "hexadecimal number": b'{"answer":"Yes.","x":0x10}',
    "number with a leading zero": b'{"answer":"Yes.","x":012}',
    "number with a plus": b'{"answer":"Yes.","x":+1}',
    "comma too many": b'{"answer":"Yes.",}',
    "single quotes": b"{'answer':'Yes.'}",
    "comment": b'{"answer":"Yes."/* */}',
    "name without quotes": b'{answer:"Yes."}',
    "raw control character": b'{"answer":"Yes.\x01"}',
    "raw line break": b'{"answer":"Yes.\n"}',
    "broken escape": b'{"answer":"\\x41"}',
    "True": b'{"answer":"Yes.","x":True}',
    "65 deep": b'{"answer":"Yes.","x":%s%s}' % (b"[" * 64, b"]" * 64),
    "brackets that do not match": b'{"answer":"Yes.","x":[}',
}


def _filled(start: bytes, piece: bytes, end: bytes) -> Callable[[], bytes]:
    """A body of a little less than 1 MiB with so many pieces in it as have room."""
    return lambda: reply(start + piece * ((_MEBIBYTE - len(start) - len(end)) // len(piece)) + end)


def _heavy(name: str, start: bytes, piece: bytes, end: bytes) -> BadAgent:
    return fails(name, "bad_json", made(_filled(start, piece, end)))


HEAVY: Final = (
    _heavy("a megabyte of opening brackets", b"", b"[", b""),
    _heavy("a megabyte of opening braces", b"", b'{"a":', b""),
    _heavy("half a million closed lists in turn", b'{"answer":"Yes.","x":[[]', b",[]", b"]}"),
    _heavy("half a million objects in turn", b'{"answer":"Yes.","x":[{}', b",{}", b"]}"),
    _heavy("a million numbers", b'{"answer":"Yes.","x":[0', b",0", b"]}"),
    _heavy("half a million texts", b'{"answer":"Yes.","x":[0', b',"a"', b"]}"),
    _heavy("towers of 60 lists", b'{"answer":"Yes.","x":[0', b"," + b"[" * 60 + b"]" * 60, b"]}"),
    _heavy("lists of one behind another", b'{"answer":"Yes.","x":[0', b",[0]", b"]}"),
    _heavy("100,000 keys", b'{"answer":"Yes."', b',"a%":1', b"}"),
    _heavy("100,000 keys in small objects", b'{"answer":"Yes.","x":[0', b',{"a":{}}', b"]}"),
    _heavy("one number of a million digits", b'{"answer":"Yes.","x":', b"9", b"}"),
    _heavy("many numbers of 400 digits", b'{"answer":"Yes.","x":[0', b"," + b"9" * 400, b',"]}'),
    _heavy("a text without an end", b'{"answer":"', b"a", b""),
    _heavy("escapes without an end", b'{"answer":"', b"\\\\", b""),
    _heavy("quotes without an end", b'{"answer":"Yes.","x":', b'"', b"}"),
)

DOCUMENTS: Final = (
    *(fails(name, "bad_json", reply(body)) for name, body in _BROKEN.items()),
    *HEAVY,
    answers("the same name twice", "No.", reply(b'{"answer":"Yes.","answer":"No."}')),
    answers("a megabyte of white space", "Yes.", made(_filled(b"", b" ", BODY))),
    answers("a megabyte of brackets in a text", "Yes.", made(_filled(b'{"answer":"Yes.","x":"', b"[{,:", b'"}'))),
    answers("a megabyte of escaped quotes", "Yes.", made(_filled(b'{"answer":"Yes.","x":"', b'\\"', b'"}'))),
    answers("64 deep", "Yes.", reply(b'{"answer":"Yes.","x":%s%s}' % (b"[" * 63, b"]" * 63))),
    answers("999 keys", "Yes.", reply(json.dumps({"answer": "Yes.", **{f"k{n}": n for n in range(998)}}).encode())),
)
