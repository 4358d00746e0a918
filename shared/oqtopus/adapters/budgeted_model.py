"""A provider's model under the installation's daily ceiling on model calls (Q7)."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import date

from oqtopus.domain.model import AnswerTask, Route, RoutingTask, SynthesisTask
from oqtopus.errors import ModelFailure, Unavailable
from oqtopus.messages import ModelsNearCeiling
from oqtopus.observability import event_log
from oqtopus.ports import CallBudget, Clock, LanguageModel, Publisher

log = event_log(__name__)

MOST_AT_ONCE = 20
_BLOCKS_PER_DAY = 50


class BudgetedModel:
    """Implements `LanguageModel`: each call is one of the day's, and past the last one every call is a `ModelFailure`.

    Calls are taken from the budget in blocks, so that few searches wait for it; what is left of a block at midnight is
    dropped, and what an instance does not use up is nobody's. A budget that does not answer closes the provider: money
    goes before wit, the embedded model answers instead, and a search is charged in the same store, so that an outage
    stops searches anyway.
    """

    def __init__(
        self, model: LanguageModel, budget: CallBudget, ceiling: int, publisher: Publisher, clock: Clock
    ) -> None:
        self._model = model
        self._budget = budget
        self._ceiling = ceiling
        self._publisher = publisher
        self._clock = clock
        self._block = max(1, min(MOST_AT_ONCE, ceiling // _BLOCKS_PER_DAY))
        self._day = date.min
        self._left = 0
        self._is_spent = False
        self._taking: asyncio.Task[bool] | None = None

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def is_knowledgeable(self) -> bool:
        return self._model.is_knowledgeable

    async def warm(self) -> None:
        await self._model.warm()

    async def aclose(self) -> None:
        await self._model.aclose()

    async def route(self, task: RoutingTask) -> Route:
        await self._count()
        return await self._model.route(task)

    async def answer(self, task: AnswerTask) -> AsyncGenerator[str, None]:
        await self._count()
        async with aclosing(self._model.answer(task)) as pieces:
            async for piece in pieces:
                yield piece

    async def synthesise(self, task: SynthesisTask) -> AsyncGenerator[str, None]:
        await self._count()
        async with aclosing(self._model.synthesise(task)) as pieces:
            async for piece in pieces:
                yield piece

    async def _count(self) -> None:
        """Use up one call of today's, or raise `ModelFailure`."""
        while True:
            today = self._clock().date()
            if self._day != today:
                self._day, self._left, self._is_spent = today, 0, False
            if self._left:
                self._left -= 1
                return
            if self._is_spent:
                raise ModelFailure(self.name, "ceiling")
            if not await self._taken(today):
                raise ModelFailure(self.name, "unavailable")

    async def _taken(self, day: date) -> bool:
        """Whether the budget answered; all who wait share one take, which goes on when one of them is cancelled."""
        taking, loop = self._taking, asyncio.get_running_loop()
        if taking is None or taking.done() or taking.get_loop() is not loop:
            taking = self._taking = loop.create_task(self._take(day))
        return await asyncio.shield(taking)

    async def _take(self, day: date) -> bool:
        try:
            total = await self._budget.take(self._block, day)
        except Unavailable as failure:
            log.error("model_budget_unavailable", failure=failure)
            return False
        before = total - self._block
        granted = max(0, min(self._block, self._ceiling - before))
        if day == self._day:
            self._left += granted
            self._is_spent = granted < self._block
        self._tell(before, total)
        return True

    def _tell(self, before: int, total: int) -> None:
        """Of all instances, only the one whose block goes over four fifths publishes it."""
        if before * 5 < self._ceiling * 4 <= total * 5:
            near = ModelsNearCeiling(used=min(total, self._ceiling), ceiling=self._ceiling)
            self._publisher.publish(near)
            log.warning("models_near_ceiling", **near.model_dump())
        if before < self._ceiling <= total:
            log.error("models_at_ceiling", ceiling=self._ceiling)
