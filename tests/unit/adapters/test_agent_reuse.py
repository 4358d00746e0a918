"""Kept connections: calls of one agent share them, and no reply comes out of another call."""

import asyncio

import jwt
import pytest

from oqtopus.errors import AgentFailure
from tests.fakes.agent_calls import STRUCTURE, caller_at
from tests.fakes.agent_server import FakeAgent, agent_serving, reply, saying
from tests.fakes.agents import agent

# Bounds a test that hangs; however busy the machine is, no call takes so long.
DEADLINE = 30
STOLEN = reply(b'{"answer":"Stolen."}')


def token_ids(fake: FakeAgent) -> list[str]:
    tokens = [request.header("authorization").removeprefix("Bearer ") for request in fake.requests]
    return [jwt.decode(token, options={"verify_signature": False})["jti"] for token in tokens]


async def test_calls_in_turn_share_a_connection_and_calls_at_once_do_not() -> None:
    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await all_four.wait()
        writer.write(reply())

    all_four = asyncio.Barrier(4)
    async with agent_serving(play) as fake, asyncio.timeout(DEADLINE):
        caller = caller_at(fake.origin)

        for _ in range(3):
            await asyncio.gather(*(caller.ask(agent(url=fake.origin), "?", {}, DEADLINE) for _ in range(4)))
        await caller.aclose()

    assert (len(fake.requests), fake.connections) == (12, 4)


async def test_agents_at_one_origin_share_no_connection() -> None:
    async with agent_serving(saying(reply())) as fake:
        caller = caller_at(fake.origin)

        for name in ("one", "other", "one"):
            await caller.ask(agent(name, url=f"{fake.origin}/{name}"), "?", {}, DEADLINE)
        await caller.aclose()

    assert [request.line.split()[1] for request in fake.requests] == ["/one/agent", "/other/agent", "/one/agent"]
    assert fake.connections == 2


async def test_what_an_agent_sends_beyond_its_reply_is_never_the_next_reply() -> None:
    async with agent_serving(saying(reply() + STOLEN)) as fake:
        caller = caller_at(fake.origin)

        answers = [(await caller.ask(agent(url=fake.origin), "?", {}, DEADLINE)).answer for _ in range(2)]

    assert "Stolen." not in answers
    assert fake.connections == 2


async def test_what_an_agent_sends_between_two_calls_is_never_the_reply_to_the_second() -> None:
    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(reply())
        if fake.connections == 1:
            await answered.wait()
            writer.write(STOLEN)
            await reader.read()
            left.set()

    answered, left = asyncio.Event(), asyncio.Event()
    async with agent_serving(play) as fake, asyncio.timeout(DEADLINE):
        caller = caller_at(fake.origin)
        await caller.ask(agent(url=fake.origin), "?", {}, DEADLINE)
        answered.set()
        await left.wait()

        second = await caller.ask(agent(url=fake.origin), "?", {}, DEADLINE)
        await caller.aclose()

    assert second.answer != "Stolen."
    assert fake.connections == 2


async def test_a_reply_that_comes_too_late_is_lost_with_its_connection() -> None:
    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if fake.connections == 1:
            await reader.read()
            writer.write(STOLEN)
        else:
            writer.write(reply())

    async with agent_serving(play) as fake:
        caller = caller_at(fake.origin)
        with pytest.raises(AgentFailure, match="timeout"):
            await caller.ask(agent(url=fake.origin), "?", {}, 1)

        second = await caller.ask(agent(url=fake.origin), "?", {}, DEADLINE)
        await caller.aclose()

    assert second.answer != "Stolen."


async def test_a_connection_that_the_agent_gave_up_is_replaced_and_the_call_signed_anew() -> None:
    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The first request of each connection is answered, the second finds it closing.
        if writer in answered:
            writer.close()
            return
        answered.append(writer)
        writer.write(reply())

    answered: list[asyncio.StreamWriter] = []
    async with agent_serving(play) as fake:
        caller = caller_at(fake.origin)
        for _ in range(3):
            await caller.ask(agent(url=fake.origin), "?", {}, DEADLINE)
        await caller.aclose()

    assert (len(fake.requests), fake.connections) == (5, 3)
    assert len(set(token_ids(fake))) == 5


async def test_a_call_is_sent_a_second_time_only() -> None:
    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(fake.requests) == 1:
            writer.write(reply())
        else:
            writer.close()

    async with agent_serving(play) as fake:
        caller = caller_at(fake.origin)
        await caller.ask(agent(url=fake.origin), "?", {}, DEADLINE)

        with pytest.raises(AgentFailure, match="protocol"):
            await caller.ask(agent(url=fake.origin), "?", {}, DEADLINE)

    assert len(fake.requests) == 3


async def test_a_call_that_got_a_byte_of_reply_is_not_sent_again() -> None:
    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(fake.requests) == 1:
            writer.write(reply())
        else:
            writer.write(b"H")
            await writer.drain()
            writer.close()

    async with agent_serving(play) as fake:
        caller = caller_at(fake.origin)
        await caller.ask(agent(url=fake.origin), "?", STRUCTURE, DEADLINE)

        with pytest.raises(AgentFailure, match="protocol"):
            await caller.ask(agent(url=fake.origin), "?", STRUCTURE, DEADLINE)

    assert len(fake.requests) == 2
