"""Every demo agent, and the template that owners copy, behind the unmodified AgentAuth in production mode."""

import runpy
from importlib import import_module
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from infra.demo import template
from infra.demo.guard import LONGEST_ANSWER, Reply, Source, guarded_app
from infra.demo.manifest import AGENTS
from tests.unit.demo.signing import Caller, question

ODD_BODIES = [
    b"",
    b"not json",
    b"\xff\xfe",
    b"null",
    b"[]",
    b'"text"',
    b"[" * 20_000,
    b"{}",
    b'{"query": null}',
    b'{"query": 7}',
    b'{"query": ["a"]}',
    b'{"query": "   "}',
    question("a" * 4_001),
]
ODD_QUERIES = [
    "?",
    "a",
    "'",
    "\x00",
    "\ud800",
    "🎬🐙",
    "Кто снял фильм «Жара»?",
    "「東京物語」の監督は誰ですか",
    "x" * 2_000,
    "film " * 400,
    "best films from 0000 to 9999",
    "cars over 99 mpg",
    "the statement",
]


def all_agents() -> list[str]:
    return [agent.module for agent in AGENTS]


@pytest.fixture(scope="module", params=all_agents())
def client(request: pytest.FixtureRequest, caller: Caller) -> FlaskClient:
    app: Flask = import_module(request.param).create_app(caller.keys_dir)
    return app.test_client()


def test_a_signed_call_is_answered(client: FlaskClient, caller: Caller) -> None:
    body = question("What is a good question?")

    response = client.post("/agent", data=body, headers=caller.headers(body))

    assert response.status_code == 200
    assert 1 <= len(response.json["answer"]) <= LONGEST_ANSWER  # type: ignore[index]  # It is an object.


def test_an_unsigned_call_is_refused(client: FlaskClient) -> None:
    assert client.post("/agent", data=question("Who directed Heat?")).status_code == 401


def test_a_call_of_a_stranger_is_refused(client: FlaskClient, caller: Caller, tmp_path: Path) -> None:
    stranger = Caller.trusted_in(tmp_path)
    body = question("Who directed Heat?")

    assert client.post("/agent", data=body, headers=stranger.headers(body)).status_code == 401


def test_a_replayed_call_is_refused(client: FlaskClient, caller: Caller) -> None:
    body = question("Who directed Heat?")
    headers = caller.headers(body)
    client.post("/agent", data=body, headers=headers)

    assert client.post("/agent", data=body, headers=headers).status_code == 429


def test_an_altered_call_is_refused(client: FlaskClient, caller: Caller) -> None:
    headers = caller.headers(question("Who directed Heat?"))

    assert client.post("/agent", data=question("Who directed Jaws?"), headers=headers).status_code == 401


@pytest.mark.parametrize("body", ODD_BODIES, ids=lambda body: repr(body[:16]))
def test_a_body_that_asks_nothing_is_a_bad_request(client: FlaskClient, caller: Caller, body: bytes) -> None:
    response = client.post("/agent", data=body, headers=caller.headers(body))

    assert response.status_code == 400
    assert response.is_json


@pytest.mark.parametrize("query", ODD_QUERIES, ids=lambda query: ascii(query[:16]))
def test_an_odd_question_gets_an_answer(client: FlaskClient, caller: Caller, query: str) -> None:
    body = question(query)

    response = client.post("/agent", data=body, headers=caller.headers(body))

    assert response.status_code == 200


@pytest.mark.parametrize("structure", [None, [], "x", {"properties": []}, {"properties": {"titles": "x"}}])
def test_an_odd_output_structure_is_ignored(caller: Caller, structure: object) -> None:
    client = guarded_app("odd", caller.keys_dir, answer_everything).test_client()
    body = question("anything") if structure is None else question("anything", properties=structure)

    response = client.post("/agent", data=body, headers=caller.headers(body))

    assert response.json == {"answer": "Yes.", "sources": [{"title": "A page", "url": "https://example.org/"}]}


def test_only_the_named_fields_are_sent(caller: Caller) -> None:
    client = guarded_app("named", caller.keys_dir, answer_everything).test_client()
    body = question("anything", properties={"titles": {"type": "array"}})

    response = client.post("/agent", data=body, headers=caller.headers(body))

    assert response.json["titles"] == ["Heat"]  # type: ignore[index]  # It is an object.
    assert "directors" not in response.json  # type: ignore[operator]  # It is an object.


def test_readiness_needs_no_signature(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}


def test_making_an_agent_prints_nothing(caller: Caller, capsys: pytest.CaptureFixture[str]) -> None:
    guarded_app("quiet", caller.keys_dir, answer_everything)

    assert capsys.readouterr().out == ""


def test_the_template_answers_signed_calls_only(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYS_DIR", str(caller.keys_dir))
    client = runpy.run_path(str(template.__file__))["app"].test_client()
    body = question("Who are you?")

    assert client.post("/agent", data=body).status_code == 401
    assert "Who are you?" in client.post("/agent", data=body, headers=caller.headers(body)).json["answer"]


def answer_everything(_query: str) -> Reply:
    return Reply(
        "Yes.",
        (Source("A page", "https://example.org/"),),
        {"titles": ["Heat"], "directors": ["Michael Mann"]},
    )
