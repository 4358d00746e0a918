"""The embedded message bus: hands each message to its subscribers in the background of the same process."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from oqtopus.observability import event_log
from oqtopus.ports import Message

log = event_log(__name__)

Subscriber = Callable[[Message], Coroutine[Any, Any, None]]  # Any: what coroutines yield and are sent.


class LocalBus:
    """Implements `Publisher`; a subscriber's failure is logged and costs the sender nothing."""

    def __init__(self) -> None:
        self._subscribers: dict[str, list[Subscriber]] = defaultdict(list)
        self._deliveries: set[asyncio.Task[None]] = set()

    def subscribe(self, topic: str, subscriber: Subscriber) -> None:
        self._subscribers[topic].append(subscriber)

    def publish(self, message: Message) -> None:
        for subscriber in self._subscribers[message.topic]:
            delivery = asyncio.get_running_loop().create_task(subscriber(message))
            self._deliveries.add(delivery)
            delivery.add_done_callback(partial(self._settle, message.topic))

    async def flush(self) -> None:
        while self._deliveries:
            await asyncio.wait(self._deliveries)

    def _settle(self, topic: str, delivery: "asyncio.Task[None]") -> None:
        self._deliveries.discard(delivery)
        if not delivery.cancelled() and (failure := delivery.exception()) is not None:
            log.error("message_not_delivered", failure=failure, topic=topic)
