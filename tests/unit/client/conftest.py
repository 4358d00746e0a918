"""Both clients behind one face, so that each test says one thing of the two."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from typing import Any, Protocol

import pytest

from oqtopus.client import AsyncOqtopusClient, Event, OqtopusClient, RetryPolicy
from tests.fakes.api_server import ApiServer, Gate, api_serving

QUICK = RetryPolicy(attempts=3, max_wait=20)


class Face(Protocol):
    """One of the clients; `waits` are the seconds that it would have waited."""

    waits: list[float]

    def call(self, url: str, method: str, *arguments: object, **named: object) -> Any:  # Any: as the method gives it.
        ...

    def search(self, url: str, question: str, key: str | None = None) -> Iterator[Event]: ...


class Blocking:
    def __init__(self) -> None:
        self.waits: list[float] = []

    def client(self, url: str, token: str | None = "oqt_token") -> OqtopusClient:
        return OqtopusClient(url, token, retries=QUICK, timeout=5, wait=self.waits.append)

    def call(self, url: str, method: str, *arguments: object, **named: object) -> Any:  # Any: as in `Face`.
        with self.client(url) as client:
            return getattr(client, method)(*arguments, **named)

    def search(self, url: str, question: str, key: str | None = None) -> Iterator[Event]:
        with self.client(url) as client, client.search(question, key) as stream:
            yield from stream


class Asynchronous:
    def __init__(self) -> None:
        self.waits: list[float] = []

    async def _wait(self, seconds: float) -> None:
        self.waits.append(seconds)

    def client(self, url: str, token: str | None = "oqt_token") -> AsyncOqtopusClient:
        return AsyncOqtopusClient(url, token, retries=QUICK, timeout=5, wait=self._wait)

    def call(self, url: str, method: str, *arguments: object, **named: object) -> Any:  # Any: as in `Face`.
        return asyncio.run(self._call(url, method, *arguments, **named))

    async def _call(self, url: str, method: str, *arguments: object, **named: object) -> Any:  # Any: as in `Face`.
        async with self.client(url) as client:
            return await getattr(client, method)(*arguments, **named)

    def search(self, url: str, question: str, key: str | None = None) -> Iterator[Event]:
        """One event at a time, as a coroutine would take them."""
        with asyncio.Runner() as runner:
            client = self.client(url)
            stream = client.search(question, key)
            try:
                while (event := runner.run(anext(stream, None))) is not None:
                    yield event
            finally:
                runner.run(stream.aclose())
                runner.run(client.aclose())


@pytest.fixture(params=[Blocking, Asynchronous])
def face(request: pytest.FixtureRequest) -> Face:
    found: Face = request.param()
    return found


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with api_serving() as server:
        yield server


@pytest.fixture
def gate() -> Iterator[Gate]:
    """A place where a stream stops until the test opens it."""
    with closing(Gate()) as made:
        yield made
