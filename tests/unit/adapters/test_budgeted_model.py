"""The daily ceiling on model calls: exact over all instances, and cheap."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta

import pytest

from oqtopus.adapters.budgeted_model import BudgetedModel
from oqtopus.domain.model import AnswerTask, Prompt, RoutingTask, SynthesisTask
from oqtopus.errors import ModelFailure
from oqtopus.messages import ModelsNearCeiling
from tests.fakes.budgets import CountingBudget, KeepingPublisher
from tests.fakes.clock import FakeClock
from tests.fakes.models import ScriptedModel

PROMPT = Prompt("system", "user")
ROUTING, ANSWER, SYNTHESIS = RoutingTask("?", PROMPT), AnswerTask("?", PROMPT), SynthesisTask("?", (), PROMPT)


class Installation:
    """Instances that share a budget, a bus and a clock."""

    def __init__(self, ceiling: int) -> None:
        self.budget = CountingBudget()
        self.publisher = KeepingPublisher()
        self.clock = FakeClock()
        self.model = ScriptedModel("gemini")
        self._ceiling = ceiling

    def instance(self) -> BudgetedModel:
        return BudgetedModel(self.model, self.budget, self._ceiling, self.publisher, self.clock)


async def text(pieces: AsyncGenerator[str, None]) -> str:
    return "".join([piece async for piece in pieces])


async def is_served(model: BudgetedModel) -> bool:
    try:
        await model.route(ROUTING)
    except ModelFailure as failure:
        assert failure.reason == "ceiling"
        return False
    return True


async def test_every_kind_of_call_counts_one() -> None:
    installation = Installation(ceiling=3)
    model = installation.instance()

    routed = await model.route(ROUTING)
    texts = [await text(model.answer(ANSWER)), await text(model.synthesise(SYNTHESIS))]

    assert routed.routed_by == "gemini"
    assert texts == ["From memory.", "All good [1]."]
    assert not await is_served(model)


@pytest.mark.parametrize("call", ["answer", "synthesise"])
async def test_a_text_past_the_ceiling_asks_no_provider(call: str) -> None:
    installation = Installation(ceiling=1)
    model = installation.instance()
    await model.route(ROUTING)

    with pytest.raises(ModelFailure, match="ceiling"):
        await text(model.answer(ANSWER) if call == "answer" else model.synthesise(SYNTHESIS))

    assert installation.model.tasks == [ROUTING]


@pytest.mark.parametrize("ceiling", [1, 7, 99, 100, 120, 999, 1_001])
async def test_all_instances_together_stay_at_the_ceiling(ceiling: int) -> None:
    installation = Installation(ceiling)
    instances = [installation.instance() for _ in range(3)]

    served = await asyncio.gather(*(is_served(instances[place % 3]) for place in range(ceiling + 300)))

    assert sum(served) == len(installation.model.tasks) == ceiling


@pytest.mark.parametrize(("ceiling", "takes"), [(10_000, 5), (500, 10), (49, 49)])
async def test_calls_are_taken_in_blocks_of_at_most_twenty_and_a_fiftieth(ceiling: int, takes: int) -> None:
    installation = Installation(ceiling)
    model = installation.instance()

    await asyncio.gather(*(is_served(model) for _ in range(100)))

    # Past the ceiling, one more take learns it and nobody asks again.
    assert installation.budget.takes == (takes if ceiling >= 100 else takes + 1)


async def test_the_rest_of_a_block_is_dropped_at_midnight() -> None:
    installation = Installation(ceiling=10_000)
    model = installation.instance()
    await model.route(ROUTING)

    installation.clock.advance(timedelta(days=1))
    await model.route(ROUTING)

    assert list(installation.budget.totals.values()) == [20, 20]


async def test_a_new_day_opens_a_spent_model() -> None:
    installation = Installation(ceiling=1)
    model = installation.instance()
    before = [await is_served(model), await is_served(model)]

    installation.clock.advance(timedelta(days=1))

    assert before == [True, False]
    assert await is_served(model)


@pytest.mark.parametrize(("ceiling", "used"), [(1, 1), (10, 8), (99, 80), (1_000, 800)])
async def test_one_instance_tells_once_that_four_fifths_are_used(ceiling: int, used: int) -> None:
    installation = Installation(ceiling)
    instances = [installation.instance() for _ in range(4)]

    for place in range(ceiling + 100):
        await is_served(instances[place % 4])

    assert installation.publisher.messages == [ModelsNearCeiling(used=used, ceiling=ceiling)]


async def test_a_budget_that_does_not_answer_closes_the_provider_until_it_does() -> None:
    installation = Installation(ceiling=100)
    model = installation.instance()
    installation.budget.is_down = True

    with pytest.raises(ModelFailure, match="unavailable"):
        await model.route(ROUTING)
    installation.budget.is_down = False

    assert await is_served(model)
    assert installation.model.tasks == [ROUTING]


async def test_all_who_wait_for_a_dead_budget_wait_for_one_try() -> None:
    installation = Installation(ceiling=100)
    model = installation.instance()
    installation.budget.is_down = True

    results = await asyncio.gather(*(model.route(ROUTING) for _ in range(10)), return_exceptions=True)

    assert {type(result) for result in results} == {ModelFailure}
    assert installation.budget.takes == 1


async def test_a_search_that_is_cancelled_takes_no_block_from_the_others() -> None:
    installation = Installation(ceiling=10_000)
    model = installation.instance()
    first, second = asyncio.create_task(is_served(model)), asyncio.create_task(is_served(model))
    await asyncio.sleep(0)

    first.cancel()

    assert await second
    assert installation.budget.takes == 1


async def test_leaving_a_stream_closes_the_providers() -> None:
    installation = Installation(ceiling=100)

    async with aclosing(installation.instance().answer(ANSWER)) as pieces:
        await anext(pieces)

    assert installation.model.closed == 1
