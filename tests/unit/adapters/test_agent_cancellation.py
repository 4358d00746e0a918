"""Who leaves a search closes its sockets, however far its calls had come, in both kinds of event loop."""

import asyncio
from collections.abc import Callable

import pytest
import uvloop

from functions.search.fanout import FanOut
from tests.fakes.agent_calls import STRUCTURE, caller_at
from tests.fakes.agent_server import reply
from tests.fakes.agents import agent

STAGES = {
    "the handshake": b"",
    "the wait": b"",
    "the status line": reply()[:10],
    "the head": reply()[:40],
    "the body": reply()[:-1],
}


async def leave_at(stage: str) -> None:
    """Cancel a fan-out of three when the agents have all said so much; each of them must see its connection end."""
    scheme = "https" if stage == "the handshake" else "http"
    asked, left = asyncio.Semaphore(0), asyncio.Semaphore(0)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(STAGES[stage])
        asked.release()
        try:
            while await reader.read(65_536):
                pass
        except ConnectionError:
            pass
        left.release()
        writer.transport.abort()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    origin = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    caller = caller_at(origin)
    agents = [agent(f"a{number}", url=origin) for number in range(3)]
    fan_out = FanOut(caller, 5, 1).ask(agents, "When?", STRUCTURE, lambda _: None, lambda: None)
    asking = asyncio.create_task(fan_out)
    async with asyncio.timeout(5):
        for _ in agents:
            await asked.acquire()
        asking.cancel()
        for _ in agents:
            await left.acquire()
    server.close()


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_a_search_that_is_left_closes_its_sockets(
    new_loop: Callable[[], asyncio.AbstractEventLoop], stage: str
) -> None:
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(leave_at(stage))
