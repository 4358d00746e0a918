"""Rules C7, C10, J2 and U11: what an agent is sent, and who is not sent anything."""

import asyncio
import json

import jwt
import pytest

from oqtopus.domain.agents import AgentId
from oqtopus.errors import AgentFailure
from oqtopus.security.egress import AddressPolicy
from tests.fakes.agent_calls import STRUCTURE, caller_at, caller_of
from tests.fakes.agent_server import agent_serving, reply, saying
from tests.fakes.agents import agent


async def test_an_agent_gets_the_documented_request_and_nothing_that_tells_who_asks() -> None:
    async with agent_serving(saying(reply())) as fake:
        caller = caller_at(fake.origin)

        await caller.ask(agent(url=f"{fake.origin}/v1"), "Wann lief „Léon“?", STRUCTURE, 5)
        await caller.aclose()

    [request] = fake.requests
    names = [name for name, _ in request.headers]
    assert request.line == "POST /v1/agent HTTP/1.1"
    assert names == [
        "host", "content-type", "accept", "accept-encoding", "content-length", "authorization", "oqtopus-hops",
    ]  # fmt: skip
    assert request.header("accept-encoding") == "identity"
    assert json.loads(request.body) == {"query": "Wann lief „Léon“?", "output_structure": STRUCTURE}
    assert b'": ' not in request.body


async def test_a_call_says_how_many_searches_led_to_it() -> None:
    async with agent_serving(saying(reply())) as fake:
        caller = caller_at(fake.origin)

        await caller.ask(agent(url=fake.origin), "When?", STRUCTURE, 5)
        await caller.ask(agent(url=fake.origin), "When?", STRUCTURE, 5, hops=2)
        await caller.probe(agent(url=fake.origin))
        await caller.aclose()

    assert [request.header("oqtopus-hops") for request in fake.requests] == ["1", "2", "1", "1"]


async def test_each_send_has_a_token_id_of_its_own() -> None:
    async with agent_serving(saying(reply())) as fake:
        caller = caller_at(fake.origin)

        for _ in range(2):
            await caller.ask(agent(url=fake.origin), "When?", STRUCTURE, 5)
        await caller.aclose()

    tokens = [request.header("authorization").removeprefix("Bearer ") for request in fake.requests]
    ids = {jwt.decode(token, options={"verify_signature": False})["jti"] for token in tokens}
    assert len(ids) == 2 and all(len(token_id) == 32 for token_id in ids)


async def test_a_call_keeps_its_deadline_by_itself() -> None:
    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with agent_serving(play) as fake:
        loop = asyncio.get_running_loop()
        started = loop.time()

        with pytest.raises(AgentFailure, match="timeout"):
            await caller_at(fake.origin).ask(agent(url=fake.origin), "?", STRUCTURE, 0.2)

    assert 0.2 <= loop.time() - started < 0.7


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "https://10.0.0.1", "https://localhost", "nonsense"])
async def test_a_refused_url_is_blocked_at_the_call_too(url: str) -> None:
    with pytest.raises(AgentFailure, match="blocked"):
        await caller_of(AddressPolicy()).ask(agent(url=url), "?", {}, 5)


async def test_an_agent_without_a_key_is_blocked() -> None:
    with pytest.raises(AgentFailure, match="blocked"):
        await caller_of(AddressPolicy()).ask(agent(id=AgentId("keyless")), "?", {}, 5)
