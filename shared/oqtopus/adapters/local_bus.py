"""The embedded message bus: hands each message to its subscribers in the background of the same process."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable

from oqtopus.errors import OqtopusError
from oqtopus.observability import event_log
from oqtopus.ports import Message

log = event_log(__name__)

Subscriber = Callable[[Message], Awaitable[None]]


class LocalBus:
    """Implements `Publisher`; a subscriber's failure is logged and costs the sender nothing."""

    def __init__(self) -> None:
        self._subscribers: dict[str, list[Subscriber]] = defaultdict(list)
        self._deliveries: set[asyncio.Task[None]] = set()

    def subscribe(self, topic: str, subscriber: Subscriber) -> None:
        self._subscribers[topic].append(subscriber)

    def publish(self, message: Message) -> None:
        for subscriber in self._subscribers[message.topic]:
            delivery = asyncio.get_running_loop().create_task(_deliver(subscriber, message))
            self._deliveries.add(delivery)
            delivery.add_done_callback(self._deliveries.discard)

    async def flush(self) -> None:
        while self._deliveries:
            await asyncio.wait(self._deliveries)


async def _deliver(subscriber: Subscriber, message: Message) -> None:
    try:
        await subscriber(message)
    except OqtopusError as failure:
        log.error("message_not_delivered", failure=failure, topic=message.topic)
