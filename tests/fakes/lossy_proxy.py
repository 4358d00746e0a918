"""A TCP proxy that forwards requests but can keep the answers to itself, as a network does when it breaks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class LossyProxy:
    """Muted, it lets requests through and no answer back; `cut` ends the muted connections and lets new ones work."""

    def __init__(self, host: str, port: int) -> None:
        self._upstream = (host, port)
        self._is_muted = False
        self._pipes: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    def mute(self) -> None:
        self._is_muted = True

    def cut(self) -> None:
        for writer in self._writers:
            writer.close()
        self._writers.clear()
        self._is_muted = False

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_connection(*self._upstream)
        self._writers |= {writer, upstream_writer}
        for pipe in (self._forward(reader, upstream_writer), self._answer(upstream_reader, writer)):
            task = asyncio.create_task(pipe)
            self._pipes.add(task)
            task.add_done_callback(self._pipes.discard)

    async def aclose(self) -> None:
        self.cut()
        await asyncio.gather(*self._pipes, return_exceptions=True)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            if not self._is_muted:
                writer.write(data)
        writer.close()


@asynccontextmanager
async def lossy_proxy(address: str) -> AsyncIterator[tuple[LossyProxy, str]]:
    """A proxy to `host:port`, and its own address."""
    host, _, port = address.rpartition(":")
    proxy = LossyProxy(host, int(port))
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    try:
        yield proxy, f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await proxy.aclose()
        await server.wait_closed()
