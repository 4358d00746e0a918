"""The local gateway on a port of loopback, from its start to its stop."""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from infra.emulators.processes import EmulatorFailed
from infra.emulators.sdk import EmulatorsMissing
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


def stop_on_signals() -> None:
    """The first Ctrl-C or SIGTERM, or a terminal that closes, cancels the running task, wherever it is by then.

    Later ones change nothing, so that what was started is stopped in order.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None, "this is called by a coroutine"
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop() -> None:
        for number in numbers:
            loop.add_signal_handler(number, _ignored)
        task.cancel()

    for number in numbers:
        loop.add_signal_handler(number, stop)


def _ignored() -> None:
    """What was started is being stopped already."""


def run_until_stopped(serve: Coroutine[None, None, None]) -> int:
    """Run `serve` to its end or to a signal; the exit status, with the reason on standard error when it is not 0."""
    try:
        asyncio.run(serve)
    except (ConfigurationError, EmulatorsMissing, EmulatorFailed) as error:
        print(f"oqtopus did not start: {error}", file=sys.stderr)
        return 1
    except (asyncio.CancelledError, KeyboardInterrupt):
        pass
    return 0


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
