"""Rule P8: when no model can write an answer, the agents' own come as quotations, and the stream says so."""

import pytest

from functions.search.quotation import quotation
from oqtopus.bootstrap import Services
from oqtopus.domain.agents import AgentReply
from oqtopus.domain.model import MAX_ANSWER_CHARACTERS, Passage
from tests.conftest import ClientOf
from tests.fakes.cleanliness import faults_in
from tests.fakes.hostile_texts import HOSTILE
from tests.functions.panel import FACT, Json, Panel, strings_in


@pytest.fixture
async def panel(services: Services, client_of: ClientOf) -> Panel:
    panel = Panel(services, client_of("search"))
    await panel.register()
    return panel


def errors_in(events: list[Json]) -> list[str]:
    return [event["data"]["code"] for event in events if event["type"] == "error"]


def text_since_the_last_error(events: list[Json]) -> str:
    last = max(place for place, event in enumerate(events) if event["type"] == "error")
    return "".join(event["data"] for event in events[last:] if event["type"] == "delta")


@pytest.mark.parametrize("pieces", [(), ("",), (" ", "\n"), ("\u200b\u2060",), ("<b>", "</b>"), ("![](u)",)])
async def test_models_that_write_nothing_to_be_seen_leave_the_agents_words(
    panel: Panel, pieces: tuple[str, ...]
) -> None:
    panel.provider.pieces = panel.embedded.pieces = pieces

    events = await panel.ask(AgentReply("Yes."))

    assert errors_in(events)[-1] == "synthesis_failed"
    assert [event["type"] for event in events[-2:]] == ["delta", "final"]
    assert FACT in events[-1]["data"]


@pytest.mark.parametrize("broken", ["synthesise", "mid_stream"])
async def test_models_that_fail_leave_the_agents_words_as_quotations(panel: Panel, broken: str) -> None:
    panel.provider.broken = panel.embedded.broken = frozenset({broken})

    events = await panel.ask(AgentReply("Yes."))

    assert events[-1]["data"] == text_since_the_last_error(events)
    assert set(events[-1]["data"].split("\n\n")) == {
        f"{source['name']} wrote: “{FACT if source['name'] == 'good' else 'Yes.'}” [{source['number']}]"
        for source in events[-1]["sources"]
    }
    assert events[-1]["usage"]["model"] == "none"


async def test_a_search_that_quotes_has_answered_and_stays_charged(panel: Panel) -> None:
    panel.provider.broken = panel.embedded.broken = frozenset({"synthesise"})

    first, second = [(await panel.ask(AgentReply("Yes.")))[0]["data"]["remaining"] for _ in range(2)]

    assert second == first - 1


@pytest.mark.parametrize("name", HOSTILE)
async def test_quotations_are_clean_and_have_room_for_all(panel: Panel, name: str) -> None:
    panel.provider.broken = panel.embedded.broken = frozenset({"synthesise"})

    events = await panel.ask(AgentReply(HOSTILE[name][:8_000]))

    final = events[-1]["data"]
    assert [fault for text in strings_in(events) for fault in faults_in(text)] == []
    assert len(final) <= MAX_ANSWER_CHARACTERS
    assert FACT in final
    assert final == text_since_the_last_error(events)
    assert (final.count("“"), final.count("”")) == (2, 2)


def test_long_answers_are_cut_so_that_each_agent_is_heard() -> None:
    passages = [Passage(number, f"agent {number}", "word " * 1_600) for number in range(1, 21)]

    text = quotation(passages)

    assert len(text) <= MAX_ANSWER_CHARACTERS
    assert [f"agent {number} wrote: “" in text and f" …” [{number}]" in text for number in range(1, 21)] == [True] * 20
