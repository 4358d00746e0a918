"""Sends calls and blocks until their replies are there."""

from collections.abc import Callable, Generator
from types import TracebackType
from typing import Self, TypeVar

import httpx

from oqtopus.client import exchange
from oqtopus.client.calls import Call
from oqtopus.client.errors import ClientError, StreamBroken
from oqtopus.client.events import Event, Final
from oqtopus.client.lines import EventReader
from oqtopus.client.replies import Reply, refusal
from oqtopus.client.retries import Retries, RetryPolicy

T = TypeVar("T")
R = TypeVar("R")


class SearchStream:
    """The events of a search, once: to go over, best in a `with` block, which ends the search when it is left."""

    def __init__(self, events: Generator[Event, None, None], idempotency_key: str) -> None:
        self._events = events
        self.idempotency_key = idempotency_key

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Event:
        return next(self._events)

    def close(self) -> None:
        """End the search, if it has not ended by itself."""
        self._events.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Connection:
    """One server, through `http`; `wait` passes the time between two attempts."""

    def __init__(
        self, http: httpx.Client, token: str | None, retries: RetryPolicy, wait: Callable[[float], None]
    ) -> None:
        self.token = token
        self._http = http
        self._retries = retries
        self._wait = wait

    def close(self) -> None:
        self._http.close()

    def do(self, call: Call[T]) -> T:
        """What the call brings, after as many attempts as are worth making."""
        return self._tried(call, self._done)

    def events(self, call: Call[None], key: str) -> Generator[Event, None, None]:
        response = self._tried(call, self._opened)
        reader = EventReader()
        try:
            exchange.check_stream(response)
            for chunk in response.iter_raw():
                for event in reader.feed(chunk):
                    yield event
                    if isinstance(event, Final):
                        return
        except httpx.TransportError as error:
            raise StreamBroken(key) from error
        finally:
            response.close()
        raise StreamBroken(key)

    def _tried(self, call: Call[T], attempt: Callable[[Call[T]], R]) -> R:
        """What an attempt at the call brings; after a failure that may pass, another one."""
        retries = Retries(self._retries, call)
        while True:
            try:
                return attempt(call)
            except ClientError as failure:
                seconds = retries.wait_after(failure)
                if seconds is None:
                    raise
            self._wait(seconds)

    def _done(self, call: Call[T]) -> T:
        return call.read(self._whole(self._opened(call)))

    def _opened(self, call: Call[T]) -> httpx.Response:
        """The reply, its body not read yet; a refusal is raised."""
        request = exchange.request_of(self._http, call, self.token)
        try:
            response = self._http.send(request, stream=True)
        except httpx.TransportError as error:
            raise exchange.unreachable(error) from error
        if not response.is_success:
            raise refusal(self._whole(response))
        return response

    def _whole(self, response: httpx.Response) -> Reply:
        body = exchange.Body(response)
        try:
            for chunk in response.iter_raw():
                body.add(chunk)
        except httpx.TransportError as error:
            raise exchange.unreachable(error) from error
        finally:
            response.close()
        return body.reply
