"""Agents whose HTTP is unsound: what could be read in two ways is not read at all."""

from typing import Final

from tests.fakes.bad_agents.scripts import (
    BODY,
    CHUNKED,
    JSON_HEAD,
    SECRET,
    BadAgent,
    answers,
    blurts,
    close,
    fails,
    head,
    reply,
)

_SIZE = len(BODY)
_CHUNK = b"%x\r\n%s\r\n" % (_SIZE, BODY)


def _headed(*fields: str) -> bytes:
    return head("Content-Type: application/json", *fields) + BODY


def _chunk(size: str) -> bytes:
    return CHUNKED + size.encode() + b"\r\n" + BODY + b"\r\n0\r\n\r\n"


LENGTHS: Final = (
    fails("two lengths", "protocol", _headed(f"Content-Length: {_SIZE}", "Content-Length: 3")),
    fails("one length twice", "protocol", _headed(f"Content-Length: {_SIZE}", f"Content-Length: {_SIZE}")),
    fails("a list of lengths", "protocol", _headed(f"Content-Length: {_SIZE}, {_SIZE}")),
    fails("length and chunks", "protocol", _headed(f"Content-Length: {_SIZE}", "Transfer-Encoding: chunked")),
    fails("chunks and length", "protocol", _headed("Transfer-Encoding: chunked", f"Content-Length: {_SIZE}")),
    fails("negative length", "protocol", _headed("Content-Length: -1")),
    fails("length with a plus", "protocol", _headed(f"Content-Length: +{_SIZE}")),
    fails("hexadecimal length", "protocol", _headed(f"Content-Length: {_SIZE:#x}")),
    fails("length past 64 bits", "protocol", _headed("Content-Length: 18446744073709551617")),
    fails("length of 5,000 digits", "protocol", _headed(f"Content-Length: {'9' * 5_000}")),
    fails("length in words", "protocol", _headed("Content-Length: many")),
    fails("empty length", "protocol", _headed("Content-Length:")),
    fails("length with a fraction", "protocol", _headed(f"Content-Length: {_SIZE}.0")),
    fails("length smaller than the document", "bad_json", _headed(f"Content-Length: {_SIZE - 1}")),
    fails("length greater than the body", "protocol", _headed(f"Content-Length: {_SIZE + 1}"), close),
)

CODINGS: Final = (
    fails("a chunk size that is none", "protocol", _chunk("zz")),
    fails("negative chunk size", "protocol", _chunk("-1f")),
    fails("chunk size past 64 bits", "protocol", _chunk("10000000000000001f")),
    fails("chunk size with 0x", "protocol", _chunk(f"{_SIZE:#x}")),
    fails("white space before a chunk size", "protocol", _chunk(f" {_SIZE:x}")),
    fails("chunk longer than its size", "protocol", _chunk(f"{_SIZE - 1:x}")),
    fails("chunk shorter than its size", "protocol", _chunk(f"{_SIZE + 1:x}")),
    fails("chunks parted by LF alone", "protocol", _chunk(f"{_SIZE:x}").replace(b"}\r\n", b"}\n")),
    fails("an unknown transfer coding", "protocol", _headed("Transfer-Encoding: xchunked"), close),
    fails("chunked behind an unknown coding", "protocol", head("Transfer-Encoding: x, chunked") + BODY),
    fails("chunked twice", "protocol", _headed("Transfer-Encoding: chunked, chunked")),
    fails("chunked in two fields", "protocol", _headed("Transfer-Encoding: chunked", "Transfer-Encoding: identity")),
    fails("identity as a transfer coding", "protocol", _headed("Transfer-Encoding: identity"), close),
    fails("a length in the trailers", "protocol", CHUNKED + _CHUNK + b"0\r\nContent-Length: 9\r\n\r\n"),
    answers("trailers that contradict the head", "Yes.",
            CHUNKED + _CHUNK + b"0\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n"),
)  # fmt: skip

LINES: Final = (
    fails("LF alone in the head", "protocol", reply().replace(b"\r\n", b"\n")),
    fails("CR alone in the head", "protocol", reply().replace(b"\r\n", b"\r")),
    fails("NUL in a field", "protocol", reply(BODY, "X-Nul: a\0b")),
    fails("NUL in a field's name", "protocol", reply(BODY, "X-\0Nul: a")),
    fails("white space before a colon", "protocol", reply(BODY, "X-Space : a")),
    fails("a field without a colon", "protocol", reply(BODY, "X-Field")),
    fails("a field without a name", "protocol", reply(BODY, ": a")),
    fails("a field with a bad name", "protocol", reply(BODY, "X(Y): a")),
    fails("white space before the first field", "protocol", reply().replace(b"\r\nX-", b"\r\n X-", 1)),
    fails("a folded field", "protocol", reply(BODY, "X-Long: a\r\n b")),
    answers("NUL in the words of the status", "Yes.", reply(status="200 O\0K")),
    answers("bytes past ASCII in a field", "Yes.", reply(BODY, "X-Name: Léon")),
)

PROTOCOLS: Final = (
    fails("HTTP/0.9", "protocol", BODY, close),
    fails("HTTP/2", "protocol", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    fails("HTTP/2 settings", "protocol", bytes.fromhex("000000040000000000")),
    fails("HTTP/2 by name", "protocol", reply().replace(b"HTTP/1.1", b"HTTP/2.0")),
    fails("HTTP/1.2", "protocol", reply().replace(b"HTTP/1.1", b"HTTP/1.2")),
    fails("HTTP/11", "protocol", reply().replace(b"HTTP/1.1", b"HTTP/11")),
    fails("http in small letters", "protocol", reply().replace(b"HTTP/1.1", b"http/1.1")),
    fails("ICY", "protocol", reply().replace(b"HTTP/1.1", b"ICY")),
    fails("a request", "protocol", b"GET /agent HTTP/1.1\r\nHost: a\r\n\r\n"),
    fails("no status", "protocol", reply(status="")),
    fails("status of four digits", "protocol", reply(status="2000 OK")),
    fails("status of two digits", "protocol", reply(status="20 OK")),
    fails("status 0", "protocol", reply(status="000 OK")),
    fails("negative status", "protocol", reply(status="-200 OK")),
    fails("status in words", "protocol", reply(status="OK")),
    fails("random bytes", "protocol", bytes(range(128, 256)) * 8),
    fails("TLS alert to plain HTTP", "protocol", bytes.fromhex("15030100020246")),
    fails("Redis", "protocol", b"-ERR unknown command '%s'\r\n" % SECRET.encode()),
    blurts("SMTP", "protocol", b"220 %s ESMTP\r\n" % SECRET.encode()),
    blurts("SSH", "protocol", b"SSH-2.0-%s\r\n" % SECRET.encode()),
    # It cannot be told from a quick reply where it comes after the request has left.
    BadAgent("a reply before it is asked", (reply(),), ("protocol",), answer="Yes.", listens=False),
    answers("HTTP/1.0", "Yes.", reply().replace(b"HTTP/1.1", b"HTTP/1.0")),
    answers("two replies to one request", "Yes.", reply() + reply(b'{"answer":"%s"}' % SECRET.encode())),
    answers("a reply with a request behind it", "Yes.", reply() + b"GET / HTTP/1.1\r\n\r\n"),
    answers("a reply with a head behind it", "Yes.", reply() + JSON_HEAD),
)
