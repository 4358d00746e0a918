"""One text out of a chain of models: clean as it streams, bounded, and begun anew with each model."""

import pytest

from functions.search.synthesis import Written, write
from oqtopus.domain.events import Delta, Event, Failed
from oqtopus.domain.model import MAX_ANSWER_CHARACTERS, Prompt, SynthesisTask
from oqtopus.errors import ModelFailure
from oqtopus.ports import LanguageModel
from tests.fakes.models import ScriptedModel

TASK = SynthesisTask("", (), Prompt("", ""))


async def written_by(*models: LanguageModel) -> tuple[Written, list[Event]]:
    events: list[Event] = []
    written = await write(models, lambda model: model.synthesise(TASK), events.append)
    return written, events


def text_of(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Delta))


async def test_a_tag_that_comes_in_pieces_does_not_leave() -> None:
    written, events = await written_by(ScriptedModel(pieces=("Heat ", "<scr", "ipt src=//", "evil>", " [1", "].")))

    assert written.text == text_of(events) == "Heat  [1]."
    assert all(isinstance(event, Delta) and event.text for event in events)


async def test_what_a_broken_model_left_open_is_not_closed_by_the_next() -> None:
    broken = ScriptedModel(pieces=("Hi <scr",), broken=frozenset({"mid_stream"}))

    written, events = await written_by(broken, ScriptedModel(pieces=("ipt>alert(1)",)))

    restart = events.index(Failed("model_restarted", "A model broke off; the answer starts again."))
    assert text_of(events[:restart]) == "Hi "
    assert text_of(events[restart:]) == written.text == "ipt>alert(1)"


async def test_the_limit_counts_what_leaves() -> None:
    model = ScriptedModel(pieces=("<i>x</i>" * 100,) * 300)

    written, events = await written_by(model)

    assert written.text == text_of(events) == "x" * MAX_ANSWER_CHARACTERS
    assert model.closed == 1


async def test_an_endless_stream_is_closed_at_the_limit() -> None:
    model = ScriptedModel(pieces=("word ",) * 10_000)

    written, _ = await written_by(model)

    assert len(written.text) == MAX_ANSWER_CHARACTERS
    assert model.closed == 1


@pytest.mark.parametrize("pieces", [(), ("\u200b", " \n"), ("<br>",)])
async def test_a_text_with_nothing_to_see_is_a_failure(pieces: tuple[str, ...]) -> None:
    with pytest.raises(ModelFailure, match="empty"):
        await written_by(ScriptedModel(pieces=pieces))

    written, _ = await written_by(ScriptedModel(pieces=pieces), ScriptedModel("second", pieces=("Yes.",)))
    assert written == Written("Yes.", "second")
