"""The local gateway on a port of loopback, from its start to its stop."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from infra.gateway import Application
from infra.trial import HOST
from oqtopus.errors import ConfigurationError

MAX_HEAD_BYTES = 32 * 1024


class LocalServer(uvicorn.Server):
    """An application on loopback, ready when `started` is set."""

    def __init__(self, application: Application) -> None:
        super().__init__(
            uvicorn.Config(
                application,
                lifespan="off",
                # h11 bounds the head of a request and leaves unknown methods to us; the default parser does neither.
                http="h11",
                h11_max_incomplete_event_size=MAX_HEAD_BYTES,
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                # The peer's own word about its address must not count; see wire/client_address.py.
                proxy_headers=False,
                timeout_graceful_shutdown=3,
            )
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none: uvicorn would raise them again once it has stopped, before anything else is stopped."""
        yield


@asynccontextmanager
async def serving(application: Application, port: int) -> AsyncIterator["asyncio.Task[None]"]:
    """The application is served inside the block; the task given ends when the server is told to stop."""
    server = LocalServer(application)
    listener = _listener(port)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    await _started(server, task)
    try:
        yield task
    finally:
        server.should_exit = True
        await asyncio.gather(task, return_exceptions=True)


def stop_signal() -> asyncio.Event:
    """Set by the first Ctrl-C or SIGTERM from here on."""
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    return stopping


async def until_stopped(stopping: asyncio.Event, *tasks: "asyncio.Task[None]") -> None:
    """Until the signal comes or one of the tasks ends, whose failure is raised."""
    waiting = asyncio.create_task(stopping.wait())
    done, _ = await asyncio.wait({waiting, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    for task in done - {waiting}:
        task.result()


def _listener(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port), backlog=2_048)
    except OSError:
        raise ConfigurationError(f"Port {port} is in use; choose another with PORT.") from None


async def _started(server: uvicorn.Server, serving: "asyncio.Task[None]") -> None:
    while not server.started:
        if serving.done():
            await serving
            raise ConfigurationError("The server did not start.")
        await asyncio.sleep(0.01)
