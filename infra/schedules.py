"""The manifest's schedules on this machine, where there is no Cloud Scheduler."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from infra.manifest import Schedule
from oqtopus.messages import MESSAGES, TYPE_PREFIX
from oqtopus.ports import Publisher


@asynccontextmanager
async def ticking(publisher: Publisher, schedules: Sequence[Schedule]) -> AsyncIterator[None]:
    """Inside the block each schedule's message is published at its interval, the first one after it has passed once."""
    ticks = [asyncio.create_task(_tick(publisher, schedule)) for schedule in schedules]
    try:
        yield
    finally:
        for tick in ticks:
            tick.cancel()
        await asyncio.gather(*ticks, return_exceptions=True)


async def _tick(publisher: Publisher, schedule: Schedule) -> None:
    message = MESSAGES[TYPE_PREFIX + schedule.topic]()
    while True:
        await asyncio.sleep(schedule.every_minutes * 60)
        publisher.publish(message)
