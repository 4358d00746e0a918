"""Agents that take their time, or stop at some point and say no more: one deadline ends each call (C1)."""

from typing import Final

from tests.fakes.bad_agents.scripts import BODY, CHUNKED, JSON_HEAD, UNTIL_CLOSE, blurts, drip, fails, forever, reply

_SIZED = JSON_HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY)
# The beginning of a TLS record of 122 bytes with a ServerHello in it.
_SERVER_HELLO = bytes.fromhex("160303007a020000760303") + bytes(32)

DRIPS: Final = (
    fails("drips the head", "timeout", drip(reply())),
    fails("drips the body", "timeout", _SIZED, drip(BODY)),
    fails("drips chunks", "timeout", CHUNKED, *(drip(b"1\r\n%c\r\n" % byte, size=6) for byte in BODY)),
    fails("drips a body without a length", "timeout", UNTIL_CLOSE, drip(BODY)),
    fails("drips white space for ever", "timeout", CHUNKED, forever(b"1\r\n \r\n", 0.1)),
    fails("drips fields for ever", "timeout", JSON_HEAD, forever(b"X-More: y\r\n", 0.1)),
    fails("drips one long field", "timeout", JSON_HEAD + b"X-Long: ", forever(b"y", 0.1)),
    fails("drips a chunk extension", "timeout", CHUNKED + b"5;x=", forever(b"y", 0.1)),
    fails("drips trailers", "timeout", CHUNKED + b"0\r\n", forever(b"X-More: y\r\n", 0.1)),
    fails("drips empty lines before the reply", "timeout", forever(b"\r\n", 0.1)),
    blurts("drips the TLS handshake", "timeout", drip(_SERVER_HELLO), door="plain over tls"),
)

HANGS: Final = (
    fails("never accepts", "timeout", door="unattended"),
    fails("never lets us connect", "timeout", door="full"),
    blurts("accepts and says nothing", "timeout"),
    blurts("hangs before TLS", "timeout", door="plain over tls"),
    blurts("hangs in the TLS handshake", "timeout", _SERVER_HELLO, door="plain over tls"),
    blurts("hangs after the TLS handshake", "timeout", door="tls"),
    fails("hangs after the request", "timeout"),
    fails("hangs in the status line", "timeout", b"HTTP/1.1 20"),
    fails("hangs after the status line", "timeout", b"HTTP/1.1 200 OK\r\n"),
    fails("hangs in the head", "timeout", JSON_HEAD),
    fails("hangs after the head", "timeout", _SIZED),
    fails("hangs in the body", "timeout", _SIZED + BODY[:-5]),
    fails("hangs one byte before the end", "timeout", reply()[:-1]),
    fails("hangs in a chunk size", "timeout", CHUNKED + b"1"),
    fails("hangs in a chunk", "timeout", CHUNKED + b"1f\r\n" + BODY[:5]),
    fails("hangs before the last chunk", "timeout", CHUNKED + b"%x\r\n%s\r\n" % (len(BODY), BODY)),
    fails("hangs before the trailers' end", "timeout", CHUNKED + b"%x\r\n%s\r\n0\r\n" % (len(BODY), BODY)),
    fails("hangs where a body has no length", "timeout", UNTIL_CLOSE + BODY),
)
