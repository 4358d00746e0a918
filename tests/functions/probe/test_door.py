"""Who may push to the probe function, and what."""

import base64
import json
import logging
from dataclasses import replace

import pytest

from infra.push_signer import PushSigner
from oqtopus.bootstrap import Services
from oqtopus.domain.agents import AgentId
from oqtopus.messages import AgentsDue, AgentSuspended, Message, SearchFinished
from tests.fakes.bus_account import ACCOUNT, AUDIENCE, new_signer, push_settings
from tests.fakes.deliveries import body_of, push_of
from tests.fakes.messages import stamping
from tests.functions.probe.world import OWNER, World

FINISHED = SearchFinished(categories=(), routed_by="embedded", agents=0, ms=1, is_answered=True, is_guest=True)


async def test_a_message_that_is_delivered_again_is_handled_once(world: World) -> None:
    films = await world.kept(failures=20)
    world.caller.ends[films] = ZeroDivisionError("a defect")  # So it stays due, and only the delivery is remembered.

    replies = [await world.bus.push(AgentsDue(agent_ids=(films,)), "7") for _ in range(3)]

    assert [reply.status_code for reply in replies] == [204] * 3
    assert world.caller.probed == [films]


async def test_nothing_is_handled_for_a_token_that_the_bus_did_not_sign(world: World) -> None:
    films = await world.kept()

    reply = await world.bus.post(due(films), new_signer().authorization(world.clock()))

    assert reply.status_code == 401
    assert not world.caller.probed


@pytest.mark.parametrize(
    ("audience", "account"),
    [("https://another.test", ACCOUNT), (AUDIENCE, "another@oqtopus-test.iam.gserviceaccount.com")],
)
async def test_nothing_is_handled_for_a_token_of_another_system_or_account(
    world: World, services: Services, audience: str, account: str
) -> None:
    films = await world.kept()
    signer = PushSigner(audience, account)
    services.settings = replace(services.settings, push=push_settings(signer))

    reply = await world.bus.post(due(films), signer.authorization(world.clock()))

    assert reply.status_code == 401
    assert not world.caller.probed


@pytest.mark.parametrize("authorization", ["", "Bearer a.b.c", "Basic YTpi"])
async def test_nothing_is_handled_without_a_token(world: World, authorization: str) -> None:
    films = await world.kept()

    reply = await world.bus.post(due(films), authorization)

    assert reply.status_code == 401
    assert not world.caller.probed


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", b'{"message":{}}', body_of({"message": {"data": "e30=", "messageId": "1"}})],
)
async def test_what_is_no_message_is_400(world: World, body: bytes) -> None:
    assert (await world.bus.post(body)).status_code == 400


@pytest.mark.parametrize("changes", [{"type": "oqtopus.agents.forgotten"}, {"data": {"agent_ids": ["../x"]}}])
async def test_an_event_that_no_function_sends_is_400(world: World, changes: dict[str, object]) -> None:
    push = push_of(stamping()(AgentsDue(agent_ids=(AgentId("films"),))))
    message = push["message"]
    assert isinstance(message, dict)
    event = {"specversion": "1.0", "id": "1", "source": "/x", "type": "oqtopus.agents.due", "data": {}} | changes
    message["data"] = _base64(event)

    assert (await world.bus.post(body_of(push))).status_code == 400


@pytest.mark.parametrize("message", [FINISHED, AgentSuspended(agent_id=AgentId("films"), owner_id=OWNER)])
async def test_a_message_for_others_is_ignored(
    world: World, message: Message, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "oqtopus"):
        reply = await world.bus.push(message)

    assert reply.status_code == 204
    assert "message_ignored" in caplog.messages
    assert not world.caller.probed
    assert world.outgoing.published == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/events", 405), ("PUT", "/events", 405), ("POST", "/", 404), ("POST", "/events/1", 404),
     ("POST", "/v1/agents", 404), ("GET", "/healthz", 200)],
)  # fmt: skip
async def test_there_is_one_address(world: World, method: str, path: str, status: int) -> None:
    reply = await world.bus.http.request(method, path)

    assert reply.status_code == status
    assert status != 405 or reply.headers["allow"] == "POST"


def due(agent_id: AgentId) -> bytes:
    return body_of(push_of(stamping()(AgentsDue(agent_ids=(agent_id,)))))


def _base64(document: object) -> str:
    return base64.b64encode(json.dumps(document).encode()).decode()
