"""Each provider's call is a span and a line in the log, with the tokens that the provider counts."""

import logging
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from oqtopus.domain.model import AnswerTask, Prompt, RoutingTask
from oqtopus.domain.taxonomy import TAXONOMY
from oqtopus.errors import ModelFailure
from tests.contract.test_language_models import BUILDERS, LIMITS, ProviderModel
from tests.fakes.model_server import ModelServer, serving
from tests.fakes.provider_frames import Script
from tests.fakes.spans import Spans, recorded

PROMPT = Prompt("system", "a question that nobody may see")
GIVEN, MADE = 400, 120


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[ModelServer, str]]:
    server = ModelServer()
    with serving(server) as url:
        yield server, url


@pytest.fixture
def spans() -> Iterator[Spans]:
    with recorded() as kept:
        yield kept


async def _written(model: ProviderModel) -> str:
    async with aclosing(model.answer(AnswerTask("?", PROMPT))) as pieces:
        return "".join([piece async for piece in pieces])


@pytest.mark.parametrize(("protocol", "told"), [("gemini", True), ("responses", True), ("chat", False)])
async def test_a_written_answer_is_told_of(
    served: tuple[ModelServer, str], spans: Spans, caplog: pytest.LogCaptureFixture, protocol: str, told: bool
) -> None:
    caplog.set_level(logging.INFO, "oqtopus")
    server, url = served
    server.play(Script())
    model = BUILDERS[protocol](url, LIMITS)

    await _written(model)
    await model.aclose()

    tokens = {"input_tokens": GIVEN, "output_tokens": MADE} if told else {"input_tokens": 0, "output_tokens": 0}
    expected = {"model": model.name, "task": "write", "is_whole": True, **tokens}
    assert spans.named("model").attributes == expected
    (record,) = [record for record in caplog.records if record.message == "model_called"]
    assert {name: value for name, value in record.__dict__["oqtopus"].items() if name != "ms"} == expected
    assert PROMPT.user not in caplog.text


@pytest.mark.parametrize("protocol", BUILDERS)
async def test_a_routing_is_told_of(served: tuple[ModelServer, str], spans: Spans, protocol: str) -> None:
    server, url = served
    server.play(Script(categories=(TAXONOMY[0].name,)))
    model = BUILDERS[protocol](url, LIMITS)

    await model.route(RoutingTask("?", PROMPT))
    await model.aclose()

    told = {} if protocol == "chat" else {"input_tokens": GIVEN, "output_tokens": MADE}
    assert {"task": "route", "is_whole": True, **told}.items() <= dict(spans.named("model").attributes or {}).items()


@pytest.mark.parametrize("protocol", BUILDERS)
async def test_a_call_that_fails_is_told_of_as_failed(
    served: tuple[ModelServer, str], spans: Spans, protocol: str
) -> None:
    server, url = served
    server.play(Script(fault="overloaded"))
    model = BUILDERS[protocol](url, LIMITS)

    with pytest.raises(ModelFailure):
        await _written(model)
    await model.aclose()

    attributes = dict(spans.named("model").attributes or {})
    assert {"is_whole": False, "error.type": "ModelFailure"}.items() <= attributes.items()


@pytest.mark.parametrize("protocol", BUILDERS)
async def test_a_call_that_is_left_is_told_of_too(served: tuple[ModelServer, str], spans: Spans, protocol: str) -> None:
    server, url = served
    server.play(Script(answer_ms=60_000))
    model = BUILDERS[protocol](url, LIMITS)

    async with aclosing(model.answer(AnswerTask("?", PROMPT))) as pieces:
        await anext(pieces)
    await model.aclose()

    assert dict(spans.named("model").attributes or {})["is_whole"] is False
