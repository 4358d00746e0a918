"""Agents that send without end or far too much: each call ends at a limit, with the rest unread (C2, C4)."""

from typing import Final

from oqtopus.adapters.agent_connection import MAX_BODY_BYTES, MAX_HEAD_BYTES, MAX_HEAD_FIELDS
from tests.fakes.bad_agents.scripts import (
    BODY,
    CHUNKED,
    JSON_HEAD,
    SECRET,
    UNTIL_CLOSE,
    answers,
    blurts,
    fails,
    forever,
    head,
    made,
    reply,
)

_SPACES = b" " * 65_536
_CHUNK = b"10000\r\n" + _SPACES + b"\r\n"


def _sized(length: int) -> bytes:
    return JSON_HEAD + b"Content-Length: %d\r\n\r\n" % length


def _json_of(size: int) -> bytes:
    """A sound document of exactly this many bytes."""
    return BODY + b" " * (size - len(BODY))


BODIES: Final = (
    fails("endless body", "too_large", UNTIL_CLOSE, forever(_SPACES)),
    fails("endless chunks", "too_large", CHUNKED, forever(_CHUNK)),
    fails("one endless chunk", "too_large", CHUNKED + b"7fffffff\r\n", forever(_SPACES)),
    fails("one endless text", "too_large", CHUNKED + b"7fffffff\r\n" + b'{"answer":"', forever(b"a" * 65_536)),
    fails("endless arrays", "too_large", CHUNKED + b"7fffffff\r\n", forever(b"[" * 65_536)),
    answers("endless body behind a small length", "Yes.", _sized(len(BODY)) + BODY, forever(_SPACES)),
    fails("length of a gigabyte", "too_large", _sized(2**30), forever(_SPACES)),
    fails("length of one byte too many", "too_large", _sized(MAX_BODY_BYTES + 1)),
    fails("one byte too many in chunks", "too_large", CHUNKED, made(lambda: _chunk_of(MAX_BODY_BYTES + 1))),
    fails("one byte too many without a length", "too_large", UNTIL_CLOSE, made(lambda: _json_of(MAX_BODY_BYTES + 1))),
    answers("as large as may be", "Yes.", _sized(MAX_BODY_BYTES), made(lambda: _json_of(MAX_BODY_BYTES))),
)


def _chunk_of(size: int) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (size, _json_of(size))


CHUNKS: Final = (
    fails("crumbs", "protocol", CHUNKED, forever(b"1\r\n \r\n" * 10_000)),
    fails("endless chunk extension", "too_large", CHUNKED + b"5;x=", forever(b"y" * 65_536)),
    fails("quoted chunk extension", "too_large", CHUNKED + b'5;x="', forever(b"y" * 65_536)),
    fails("an extension of 16 KB on each chunk", "too_large", CHUNKED, forever(b"1;x=" + b"y" * 16_384 + b"\r\n \r\n")),
    fails("many trailers", "too_large", CHUNKED + b"0\r\n", forever(b"X-More: y\r\n" * 5_000)),
    fails("one endless trailer", "too_large", CHUNKED + b"0\r\nX-Long: ", forever(b"y" * 65_536)),
    fails("a chunk size of many zeros", "too_large", CHUNKED, forever(b"0" * 65_536)),
)

HEADS: Final = (
    fails("endless status line", "too_large", b"HTTP/1.1 200 ", forever(b"O" * 65_536)),
    fails("endless field", "too_large", JSON_HEAD + b"X-Long: ", forever(b"y" * 65_536)),
    fails("endless field name", "too_large", JSON_HEAD, forever(b"X" * 65_536)),
    fails("endless fields", "too_large", JSON_HEAD, forever(b"X-More: y\r\n" * 5_000)),
    fails("endless folded field", "protocol", JSON_HEAD + b"X-Long: y\r\n", forever(b" y\r\n" * 5_000)),
    fails("endless cookies", "too_large", JSON_HEAD, forever(b"Set-Cookie: a=b\r\n" * 5_000)),
    fails("endless empty lines before the reply", "too_large", forever(b"\r\n" * 32_768)),
    fails("endless white space before the reply", "protocol", forever(b" " * 65_536)),
    fails("one field too many", "too_large", reply(BODY, *("X-More: y" for _ in range(MAX_HEAD_FIELDS)))),
    fails("one field of 64 KB", "too_large", reply(BODY, f"X-Long: {'y' * MAX_HEAD_BYTES}")),
    fails("a status line of 64 KB", "too_large", reply(BODY, status=f"200 {'O' * MAX_HEAD_BYTES}")),
)

_CONTINUE = b"HTTP/1.1 100 Continue\r\nX-Agent: %s\r\n\r\n" % SECRET.encode()

INTERIM: Final = (
    fails("100 before the reply", "protocol", _CONTINUE + reply()),
    fails("102 before the reply", "protocol", head(status="102 Processing") + reply()),
    fails("103 before the reply", "protocol", head("Link: </x>; rel=preload", status="103 Early Hints") + reply()),
    fails("199 before the reply", "protocol", head(status="199 Soon") + reply()),
    fails("100 without end", "protocol", forever(_CONTINUE * 1_000)),
    fails("102 without end", "protocol", forever(head(status="102 Processing") * 1_000)),
    fails("103 without end", "protocol", forever(head(status="103 Early Hints") * 1_000)),
    fails("100 every now and then", "protocol", forever(_CONTINUE, 0.1)),
    fails("100 with a length and a body", "protocol", head(status="100 Continue", length=len(BODY)) + BODY + reply()),
    blurts("100 before the request", "protocol", _CONTINUE, forever(_CONTINUE, 0.1)),
)
