"""What every publisher keeps to; an adapter joins by one more parameter."""

import asyncio

from oqtopus.adapters.local_bus import LocalBus
from oqtopus.ports import Message

NEWS = Message("news", {"number": 1})


async def test_every_subscriber_of_the_topic_gets_the_message() -> None:
    bus, received = LocalBus(), list[Message]()

    async def keep(message: Message) -> None:
        received.append(message)

    bus.subscribe("news", keep)
    bus.subscribe("news", keep)
    bus.subscribe("other", keep)
    bus.publish(NEWS)
    await bus.flush()

    assert received == [NEWS, NEWS]


async def test_publishing_waits_for_nobody() -> None:
    bus, is_open = LocalBus(), asyncio.Event()

    async def wait(message: Message) -> None:
        await is_open.wait()

    bus.subscribe("news", wait)
    bus.publish(NEWS)
    is_open.set()
    await bus.flush()


async def test_a_failing_subscriber_costs_the_others_nothing() -> None:
    bus, received = LocalBus(), list[Message]()

    async def fail(message: Message) -> None:
        raise RuntimeError("a defect")

    async def keep(message: Message) -> None:
        received.append(message)

    bus.subscribe("news", fail)
    bus.subscribe("news", keep)
    bus.publish(NEWS)
    await bus.flush()

    assert received == [NEWS]
