"""A door in front of a server on loopback that a test can shut: what is open breaks, what is new is refused."""

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager

HOST = "127.0.0.1"


class Door:
    """Passes bytes between `port` and the server behind it, in a thread of its own, while it is open."""

    def __init__(self, port: int, behind: int) -> None:
        self.port = port
        self._behind = behind
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._passing: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        self._run(self._open())

    def shut(self) -> None:
        self._run(self._shut())

    def start(self) -> None:
        self._thread.start()
        self.open()

    def stop(self) -> None:
        self.shut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _run(self, step: Coroutine[None, None, None]) -> None:
        asyncio.run_coroutine_threadsafe(step, self._loop).result(5)

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._connected, HOST, self.port)

    async def _shut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        passing = list(self._passing)
        for task in passing:
            task.cancel()
        await asyncio.gather(*passing, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None, "streams are served in tasks"
        self._passing.add(task)
        try:
            there, back = await asyncio.open_connection(HOST, self._behind)
            try:
                await asyncio.wait(
                    [asyncio.create_task(_pass(reader, back)), asyncio.create_task(_pass(there, writer))],
                    return_when=asyncio.FIRST_COMPLETED,
                )
            finally:
                back.transport.abort()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()
            self._passing.discard(task)


@contextmanager
def door_to(behind: int) -> Iterator[Door]:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
    door = Door(port, behind)
    door.start()
    try:
        yield door
    finally:
        door.stop()


async def _pass(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65_536):
            target.write(data)
            await target.drain()
    except ConnectionError:
        return
