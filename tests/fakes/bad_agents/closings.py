"""Agents that close, or break the connection off, at any point."""

from typing import Final

from tests.fakes.bad_agents.scripts import (
    BODY,
    CHUNKED,
    JSON_HEAD,
    UNTIL_CLOSE,
    BadAgent,
    answers,
    blurts,
    close,
    fails,
    half_close,
    part_of_the_request,
    reply,
    reset,
)

_SIZED = JSON_HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY)
_CHUNK = b"%x\r\n%s\r\n" % (len(BODY), BODY)

CLOSINGS: Final = (
    blurts("closes at once", "protocol", close),
    blurts("closes in the request", "protocol", part_of_the_request, close),
    fails("closes after the request", "protocol", close),
    fails("closes in the status line", "protocol", b"HTTP/1.1 20", close),
    fails("closes in the head", "protocol", JSON_HEAD, close),
    fails("closes after the head", "protocol", _SIZED, close),
    fails("closes in the body", "protocol", _SIZED + BODY[:5], close),
    fails("closes one byte before the end", "protocol", reply()[:-1], close),
    fails("closes in a chunk size", "protocol", CHUNKED + b"1", close),
    fails("closes in a chunk", "protocol", CHUNKED + b"ff\r\n" + BODY, close),
    fails("closes before the last chunk", "protocol", CHUNKED + _CHUNK, close),
    fails("closes before the trailers' end", "protocol", CHUNKED + _CHUNK + b"0\r\n", close),
    fails("closes in a body without a length", "bad_json", UNTIL_CLOSE + BODY[:-5], close),
    fails("closes after a head without a length", "bad_json", UNTIL_CLOSE, close),
    fails("says at once that nothing comes", "protocol", half_close),
    fails("says in the body that nothing more comes", "protocol", _SIZED + BODY[:5], half_close),
    answers("says after the body that nothing more comes", "Yes.", UNTIL_CLOSE + BODY, half_close),
    answers("closes after the body", "Yes.", reply(), close),
)

RESETS: Final = (
    # Whether we are connected before the reset comes is a matter of luck.
    BadAgent("resets at once", (reset,), ("protocol", "unreachable"), listens=False),
    blurts("resets in the request", "protocol", part_of_the_request, reset),
    fails("resets after the request", "protocol", reset),
    fails("resets in the head", "protocol", JSON_HEAD, reset),
    fails("resets in the body", "protocol", _SIZED + BODY[:5], reset),
    fails("resets in a chunk", "protocol", CHUNKED + b"ff\r\n" + BODY, reset),
    blurts("a closed port", "unreachable", door="closed"),
)
