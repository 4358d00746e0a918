"""Work that an answer can do without: what breaks in it, or takes too long, costs the answer nothing else."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from oqtopus.observability import event_log

log = event_log(__name__)

T = TypeVar("T")


async def spared(work: Coroutine[Any, Any, T], step: str, seconds: float | None = None) -> T | None:
    """The outcome of the work; None, and a line in the log, when a defect ends it or the time is up.

    It runs in a task of its own, which tells how it ended without anybody catching what nobody foresaw.
    """
    task = asyncio.create_task(work)
    try:
        done, _ = await asyncio.wait([task], timeout=seconds)
    finally:
        task.cancel()
    if not done:
        log.error("step_late", step=step)
        return None
    if (failure := task.exception()) is not None:
        log.error("step_broke", failure=failure, step=step)
        return None
    return task.result()
