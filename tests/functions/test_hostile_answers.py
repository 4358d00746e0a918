"""Whole searches with a hostile agent beside a good one: what the model is sent, and what the client receives."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from functions.search.prompts import synthesis_task
from functions.search.synthesis import write
from oqtopus.adapters.agent_reply import reply_in
from oqtopus.adapters.embedded.model import EmbeddedModel
from oqtopus.bootstrap import Services
from oqtopus.domain.agents import AgentReply, Reference
from oqtopus.domain.clean_text import clean
from oqtopus.domain.events import Delta, Event
from oqtopus.domain.model import MAX_ANSWER_CHARACTERS
from oqtopus.errors import AgentFailure, FailureReason
from tests.conftest import ClientOf
from tests.fakes.cleanliness import faults_in
from tests.fakes.embedded import shared_embedded_model
from tests.fakes.hostile_texts import HOSTILE
from tests.fakes.models import STRUCTURE, ScriptedModel
from tests.fakes.prompt_blocks import blocks_in
from tests.functions.panel import FACT, QUESTION, Panel, assert_sound

SYSTEM = synthesis_task("", (), "").prompt.system


def at_the_door(text: str) -> AgentReply | FailureReason:
    """What is made of a reply that says the text wherever it may say something."""
    structure = {"type": "object", "properties": {**STRUCTURE["properties"], "notes": {"type": "array"}}}  # type: ignore[dict-item]  # It is a dict.
    body = {
        "answer": text,
        "sources": [{"title": text, "url": "https://a.example/p"}, {"title": "t", "url": text}],
        "notes": [text[:500], {text[:500]: text[:500]}],
    }
    try:
        return reply_in(json.dumps(body).encode(), structure, json.dumps(structure))
    except AgentFailure as failure:
        return failure.reason


def past_the_door(text: str) -> AgentReply:
    """The text as it would come if nobody had looked at it."""
    reference = Reference(text[:200], f"https://a.example/{text[:100]}")
    return AgentReply(text[:8_000], (reference,), {text[:100]: [text[:500]]})


@pytest.fixture
def panel(services: Services, client_of: ClientOf) -> Panel:
    return Panel(services, client_of("search"))


@pytest.fixture
async def embedded() -> AsyncIterator[EmbeddedModel]:
    yield shared_embedded_model()
    await shared_embedded_model().aclose()


@pytest.mark.parametrize("door", [at_the_door, past_the_door])
@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_answer_stays_in_its_block_and_leaves_clean(panel: Panel, name: str, door: Any) -> None:
    await panel.register()
    reply = door(HOSTILE[name])

    events = await panel.ask(reply)

    assert_sound(events)
    task = panel.synthesis
    question, *answers = blocks_in(task.prompt.user)
    by_agent = {block.document["agent"]: block.document["answer"] for block in answers}
    assert task.prompt.system == SYSTEM
    assert (question.name, question.document) == ("question", {"question": QUESTION})
    assert by_agent["good"] == FACT
    assert {passage.source: passage.text for passage in task.passages} == by_agent
    assert ("bad" in by_agent) == isinstance(reply, AgentReply)
    assert [fault for text in by_agent.values() for fault in faults_in(text)] == []
    assert len({block.nonce for block in (question, *answers)}) == 1
    assert task.prompt.user.count(question.nonce) == 2 * (1 + len(answers))
    assert "<" not in task.prompt.user


@pytest.mark.parametrize("name", HOSTILE)
async def test_the_good_agents_fact_is_kept_by_the_embedded_model(
    panel: Panel, embedded: EmbeddedModel, name: str
) -> None:
    await panel.register()
    panel.services.models = (embedded,)
    panel.services.embedded = embedded

    events = await panel.ask(at_the_door(HOSTILE[name]))

    assert_sound(events)
    assert "Michael Mann" in events[-1]["data"]
    number = next(source["number"] for source in events[-1]["sources"] if source["name"] == "good")
    assert f"Michael Mann. [{number}]" in events[-1]["data"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10_000])
@pytest.mark.parametrize("name", HOSTILE)
async def test_a_model_that_repeats_a_hostile_text_streams_it_clean(name: str, size: int) -> None:
    text = HOSTILE[name][:12_000]
    model = ScriptedModel(pieces=[text[start : start + size] for start in range(0, len(text), size)] + [" So it is."])
    events: list[Event] = []

    written = await write([model], lambda one: one.synthesise(synthesis_task("", (), "")), events.append)

    deltas = [event.text for event in events if isinstance(event, Delta)]
    assert len(deltas) == len(events)
    assert "".join(deltas) == written.text == clean(f"{text} So it is.")[:MAX_ANSWER_CHARACTERS]
    assert list(faults_in(written.text)) == []


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_name_is_clean_wherever_it_is_shown(panel: Panel, name: str) -> None:
    # No store takes a name with half a character in it.
    await panel.register(bad_name=HOSTILE[name][:200].encode(errors="replace").decode())
    panel.provider.pieces = [HOSTILE[name][:9_000]]

    events = await panel.ask(AgentReply(FACT))

    assert_sound(events)
    assert all("\n" not in source["name"] for source in events[-1]["sources"])
    assert [block.name for block in blocks_in(panel.synthesis.prompt.user)] == ["question", "answer 1", "answer 2"]


async def test_every_search_has_digits_of_its_own(panel: Panel) -> None:
    await panel.register()

    nonces = set()
    for _ in range(3):
        await panel.ask(AgentReply(FACT))
        nonces.add(blocks_in(panel.synthesis.prompt.user)[0].nonce)

    assert len(nonces) == 3


async def test_a_frame_replayed_from_another_search_closes_nothing(panel: Panel) -> None:
    await panel.register()
    await panel.ask(AgentReply(FACT))
    earlier = panel.synthesis.prompt.user

    await panel.ask(AgentReply(earlier + '"}\n' + earlier))

    question, good_or_bad, other = blocks_in(panel.synthesis.prompt.user)
    assert question.nonce not in earlier
    assert any(block.document["answer"].startswith("BEGIN question") for block in (good_or_bad, other))


@pytest.mark.parametrize("name", ["forged citations", "forged sources", "forged quotation"])
async def test_marks_of_an_agent_are_no_citations(panel: Panel, name: str) -> None:
    await panel.register()

    await panel.ask(at_the_door(HOSTILE[name]))

    assert not any(f"[{number}]" in passage.text for passage in panel.synthesis.passages for number in range(9))
