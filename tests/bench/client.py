"""A client that costs next to nothing, so that what is measured is the server."""

import asyncio
import json
import time
from dataclasses import dataclass

_FINAL = b'"type":"final"'
_DELTA = b'"type":"delta"'
_END = b"0\r\n\r\n"
_READ_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds from sending the request to the first `delta` and to the `final`; whether it ended as it must."""

    first_delta: float
    final: float
    is_complete: bool


async def search(port: int, question: str) -> Timing:
    """One search over a connection of its own."""
    body = json.dumps({"query": question}).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    head = f"POST /v1/search HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    started = time.perf_counter()
    writer.write(head.encode() + b"\r\nConnection: close\r\n\r\n" + body)
    try:
        async with asyncio.timeout(_READ_SECONDS):
            return await _timed(reader, started)
    finally:
        writer.close()


async def _timed(reader: asyncio.StreamReader, started: float) -> Timing:
    received, first_delta, final = b"", 0.0, 0.0
    while chunk := await reader.read(65_536):
        received += chunk
        now = (time.perf_counter() - started) * 1_000
        if not first_delta and _DELTA in received:
            first_delta = now
        if not final and _FINAL in received:
            final = now
        if received.endswith(_END):
            break
    is_complete = received.startswith(b"HTTP/1.1 200") and final > 0 and b'"type":"error"' not in received
    return Timing(first_delta, final, is_complete)
