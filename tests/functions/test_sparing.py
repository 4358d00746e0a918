"""What an answer can do without costs it nothing when it breaks."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import pytest

from functions.search.sparing import spared
from oqtopus.bootstrap import Services
from oqtopus.domain.agents import Agent
from oqtopus.domain.model import Passage, SynthesisTask
from oqtopus.domain.reviews import Review
from tests.conftest import ClientOf
from tests.fakes.agents import agent
from tests.functions.test_search import Bench, Event


async def _broken(*_: Any) -> Any:  # Any: it stands for any step of a search.
    raise ZeroDivisionError("a defect")


async def _stuck(*_: Any) -> Any:  # Any: as above.
    await asyncio.Event().wait()


class BrokenRanker:
    """Implements `AgentRanker`: has a defect."""

    async def relevance(self, question: str, agents: Sequence[Agent]) -> Sequence[float]:
        raise ZeroDivisionError("a defect")


class BrokenReviewer:
    """Implements `AnswerReviewer`: has a defect."""

    async def review(self, text: str, passages: Sequence[Passage]) -> Review:
        raise ZeroDivisionError("a defect")


@pytest.fixture
async def bench(services: Services, client_of: ClientOf) -> Bench:
    bench = Bench(services, client_of("search"))
    await bench.register(agent("one"), agent("two"))
    return bench


async def final(bench: Bench) -> Event:
    return (await bench.ask())[-1]


@pytest.mark.parametrize(("work", "event"), [(_broken, "step_broke"), (_stuck, "step_late")])
async def test_work_that_breaks_or_hangs_has_no_outcome(
    work: Any,  # Any: one of the above.
    event: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert await spared(work(), "a step", 0.01) is None
    assert event in caplog.messages


async def test_whoever_is_cancelled_takes_the_work_along() -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    waiting = asyncio.create_task(spared(work(), "a step"))
    await began.wait()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    await asyncio.wait_for(ended.wait(), 5)


async def test_a_defect_in_the_ranking_costs_no_answer(bench: Bench) -> None:
    bench.embedded.relevance = BrokenRanker().relevance  # type: ignore[method-assign]  # A fake that turns broken.

    answer = await final(bench)

    assert answer["usage"]["agents_answered"] == 2
    assert len(answer["sources"]) == 2


async def test_a_defect_in_the_review_costs_no_answer(bench: Bench) -> None:
    bench.services.reviewer = BrokenReviewer()

    answer = await final(bench)

    assert answer["data"] == "".join(bench.provider.pieces)
    assert answer["usage"]["unsupported"] == [{"start": 0, "end": len(answer["data"])}]


async def test_a_defect_in_every_model_leaves_the_agents_own_words(bench: Bench) -> None:
    async def broken(task: SynthesisTask) -> AsyncGenerator[str, None]:
        raise ZeroDivisionError("a defect")
        yield ""

    for model in (bench.provider, bench.embedded):
        model.synthesise = broken  # type: ignore[method-assign]  # A fake that turns broken.

    events = await bench.ask()

    assert [event["data"]["code"] for event in events if event["type"] == "error"] == ["synthesis_failed"]
    assert "one says so." in events[-1]["data"]
    assert "two says so." in events[-1]["data"]
