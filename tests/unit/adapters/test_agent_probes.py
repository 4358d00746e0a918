"""What admission learns of an agent by asking it twice: signed with its own key, and with one that it does not know."""

import asyncio

import jwt
import pytest

from oqtopus.ports import ProbeResult
from oqtopus.security.egress import AddressPolicy
from oqtopus.security.signing import parsed_key
from tests.fakes.agent_calls import caller_at, caller_of
from tests.fakes.agent_server import agent_serving, reply
from tests.fakes.agents import agent
from tests.fakes.vaults import key_pem

REFUSAL = reply(b"{}", status="401 Unauthorized")


async def probed(signed: bytes, foreign: bytes) -> ProbeResult:
    """Probe an agent that says `signed` to calls of its own key and `foreign` to others."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tokens = [request.header("authorization").removeprefix("Bearer ") for request in fake.requests]
        writer.write(signed if is_own(tokens[-1]) else foreign)

    async with agent_serving(play) as fake:
        caller = caller_at(fake.origin)
        result = await caller.probe(agent(url=fake.origin))
        await caller.aclose()
    return result


def is_own(token: str) -> bool:
    try:
        jwt.decode(token, parsed_key(key_pem()).public_key(), algorithms=["RS256"])
    except jwt.InvalidSignatureError:
        return False
    return True


@pytest.mark.parametrize(
    ("signed", "foreign", "result"),
    [
        (reply(), REFUSAL, ProbeResult(None, None)),
        (reply(b"{}"), REFUSAL, ProbeResult(None, None)),
        (reply(), reply(), ProbeResult(None, "accepted")),
        (reply(), reply(b"hello", media_type="text/plain"), ProbeResult(None, "accepted")),
        (reply(), reply(b"", status="403 Forbidden"), ProbeResult(None, "bad_status")),
        (reply(), reply(b"", status="302 Found"), ProbeResult(None, "redirect")),
        (REFUSAL, REFUSAL, ProbeResult("bad_status", None)),
        (reply(b"[]"), REFUSAL, ProbeResult("bad_shape", None)),
        (reply(b"nonsense"), REFUSAL, ProbeResult("bad_json", None)),
        (reply(b"<html>", media_type="text/html"), reply(b"<html>"), ProbeResult("bad_media_type", "accepted")),
    ],
)
async def test_a_probe_tells_what_was_wrong(signed: bytes, foreign: bytes, result: ProbeResult) -> None:
    assert await probed(signed, foreign) == result


async def test_a_probe_of_a_refused_url_is_blocked() -> None:
    refused = agent(url="https://10.0.0.1")

    assert await caller_of(AddressPolicy()).probe(refused) == ProbeResult("blocked", "blocked")
