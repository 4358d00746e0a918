"""The embedded message bus: hands each message to its subscribers in the background of the same process."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine
from typing import Any, Final

from oqtopus.messages import CloudEvent, Message
from oqtopus.observability import event_log

log = event_log(__name__)

Subscriber = Callable[[CloudEvent], Coroutine[Any, Any, None]]  # Any: what coroutines yield and are sent.

ATTEMPTS: Final = 5
FIRST_PAUSE_SECONDS: Final = 0.5
MOST_DELIVERIES: Final = 10_000
CLOSE_SECONDS: Final = 10.0


class LocalBus:
    """Implements `Publisher`; a subscriber's failure is tried again, then logged, and costs the sender nothing.

    The pause between attempts doubles each time. Only tests have reason to shorten the times.
    """

    def __init__(
        self,
        stamp: Callable[[Message], CloudEvent],
        first_pause: float = FIRST_PAUSE_SECONDS,
        close_seconds: float = CLOSE_SECONDS,
        at_most: int = MOST_DELIVERIES,
    ) -> None:
        self._stamp = stamp
        self._first_pause = first_pause
        self._close_seconds = close_seconds
        self._at_most = at_most
        self._subscribers: dict[str, list[Subscriber]] = defaultdict(list)
        self._deliveries: set[asyncio.Task[None]] = set()

    def subscribe(self, topic: str, subscriber: Subscriber) -> None:
        self._subscribers[topic].append(subscriber)

    async def warm(self) -> None:
        """There is nothing to make."""

    def publish(self, message: Message) -> None:
        event = self._stamp(message)
        for subscriber in self._subscribers[message.topic]:
            if len(self._deliveries) >= self._at_most:
                log.error("message_dropped", topic=message.topic, event_id=event.id)
                continue
            delivery = asyncio.get_running_loop().create_task(self._deliver(subscriber, event))
            self._deliveries.add(delivery)
            delivery.add_done_callback(self._deliveries.discard)

    async def flush(self) -> None:
        """Nothing to wait for: what is published is handed over already, though not yet handled."""

    async def aclose(self) -> None:
        """Wait for the deliveries that run, their further attempts included, then cancel what is left."""
        loop = asyncio.get_running_loop()
        running = {delivery for delivery in self._deliveries if delivery.get_loop() is loop}
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=self._close_seconds)
        if late:
            log.error("messages_abandoned", count=len(late))
            for delivery in late:
                delivery.cancel()
            await asyncio.wait(late)

    async def _deliver(self, subscriber: Subscriber, event: CloudEvent) -> None:
        for attempt in range(ATTEMPTS):
            if attempt:
                await asyncio.sleep(self._first_pause * 2 ** (attempt - 1))
            # This way whatever the subscriber raises comes back as a value, and a cancelled delivery still ends.
            [outcome] = await asyncio.gather(subscriber(event), return_exceptions=True)
            if outcome is None:
                return
        log.error("message_dead", failure=outcome, topic=event.message.topic, event_id=event.id)
