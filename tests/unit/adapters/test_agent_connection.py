"""Rule C2: how a reply may be cut into pieces, shown without a network in between that joins them."""

import asyncio
from collections.abc import Iterable

import pytest

from oqtopus.adapters.agent_connection import (
    MAX_FRAMING_BYTES,
    MAX_HEAD_BYTES,
    MAX_PIECES,
    AgentConnection,
    OutboundCall,
)
from oqtopus.errors import AgentFailure

CALL = OutboundCall(b"/agent", [(b"Host", b"agent"), (b"Content-Length", b"2")], b"{}")
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


class KeepingTransport(asyncio.Transport):
    """Sends nothing and notes whether it was dropped."""

    def __init__(self) -> None:
        super().__init__()
        self.is_dropped = False

    def write(self, data: object) -> None:
        """What is sent is of no interest."""

    def abort(self) -> None:
        self.is_dropped = True


async def body_of(reads: Iterable[bytes]) -> bytes:
    """The body of a reply that comes in these reads."""
    connection, transport = AgentConnection(0.0), KeepingTransport()
    connection.connection_made(transport)
    exchange = asyncio.create_task(connection.exchange(CALL))
    await asyncio.sleep(0)
    for data in reads:
        connection.data_received(data)
    try:
        return await asyncio.wait_for(exchange, 1)
    except AgentFailure:
        assert transport.is_dropped
        raise


async def test_a_reply_may_come_word_by_word() -> None:
    words = [b"5\r\n word\r\n"] * 6_000

    assert await body_of([CHUNKED, *words, b"0\r\n\r\n"]) == b" word" * 6_000


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\nX-Long: ", CHUNKED + b"5;x=", CHUNKED + b"0\r\nX-Long: "])
async def test_a_reply_byte_by_byte_ends_at_the_number_of_reads(start: bytes) -> None:
    with pytest.raises(AgentFailure, match="protocol"):
        await body_of([start, *[b"y"] * MAX_PIECES])


@pytest.mark.parametrize("start", [CHUNKED + b"5;x=", CHUNKED + b"0\r\nX-Long: "])
async def test_what_comes_beside_the_body_has_a_bound_of_its_own(start: bytes) -> None:
    with pytest.raises(AgentFailure, match="too_large"):
        await body_of([start, *[b"y" * 1_000] * ((MAX_HEAD_BYTES + MAX_FRAMING_BYTES) // 1_000 + 1)])


async def test_a_head_of_many_reads_has_the_bound_of_a_head() -> None:
    with pytest.raises(AgentFailure, match="too_large"):
        await body_of([b"HTTP/1.1 200 OK\r\nX-Long: ", *[b"y" * 1_000] * (MAX_HEAD_BYTES // 1_000 + 1)])
