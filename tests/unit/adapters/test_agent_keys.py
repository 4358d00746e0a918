"""Keys that our vault does not give are no fault of the agent, and an agent between two keys is asked with each."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from oqtopus.adapters.agent_http import HttpAgentCaller
from oqtopus.domain.agents import Agent, AgentId
from oqtopus.domain.keys import RetiredKey, StagedKey
from oqtopus.errors import AgentFailure, KeyNotFound, OqtopusError, Unavailable
from oqtopus.security.egress import AddressPolicy
from oqtopus.security.signing import KeyRing, parsed_key
from tests.fakes.agent_calls import STRUCTURE, now
from tests.fakes.agent_server import FakeAgent, Play, agent_serving, reply
from tests.fakes.agents import agent

REFUSAL = reply(b"{}", status="401 Unauthorized")
DOWN, GONE = Unavailable("The key vault does not answer."), KeyNotFound("There is no such key.")


@cache
def pem_of(version: str) -> str:
    key = rsa.generate_private_key(65_537, 2_048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@dataclass
class Vault:
    """Implements `PrivateKeys`: a key for each version but those that fail."""

    failing: dict[str, OqtopusError] = field(default_factory=dict)

    async def private_key(self, agent_id: AgentId, version: str) -> str:
        if version in self.failing:
            raise self.failing[version]
        return pem_of(version)


def caller_on(vault: Vault, *origins: str) -> HttpAgentCaller:
    return HttpAgentCaller(KeyRing(vault, now), AddressPolicy(frozenset(origins)), now)


def between_keys(url: str) -> Agent:
    """An agent whose key 2 signs, while 3 is coming and 1 is going."""
    retired = RetiredKey("1", "", now() + timedelta(hours=1))
    return agent(url=url, key_version="2", staged_key=StagedKey("3", "", now()), retired_key=retired)


def signer_of(fake: FakeAgent) -> str:
    """The version of the key that the last request was signed with; `?` for a foreign one."""
    token = fake.requests[-1].header("authorization").removeprefix("Bearer ")
    for version in "123":
        try:
            jwt.decode(token, parsed_key(pem_of(version)).public_key(), algorithms=["RS256"])
        except jwt.InvalidSignatureError:
            continue
        return version
    return "?"


@dataclass
class Lock:
    """The script of an agent that has one key, and which keys it was tried with."""

    key: str
    tried: list[str] = field(default_factory=list)

    def on(self, fakes: list[FakeAgent]) -> Play:
        async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.tried.append(signer_of(fakes[0]))
            writer.write(reply() if self.tried[-1] == self.key else REFUSAL)

        return play


async def asked(lock: Lock, vault: Vault) -> str:
    fakes: list[FakeAgent] = []
    async with agent_serving(lock.on(fakes)) as fake:
        fakes.append(fake)
        caller = caller_on(vault, fake.origin)
        try:
            return (await caller.ask(between_keys(fake.origin), "When?", STRUCTURE, 5)).answer
        finally:
            await caller.aclose()


@pytest.mark.parametrize(("key", "tried"), [("2", ["2"]), ("3", ["2", "3"]), ("1", ["2", "3", "1"])])
async def test_an_agent_that_refuses_a_key_is_asked_with_each_of_its_others(key: str, tried: list[str]) -> None:
    lock = Lock(key)

    answer = await asked(lock, Vault())

    assert answer.startswith("The film")
    assert lock.tried == tried


async def test_an_agent_that_takes_none_of_its_keys_has_refused_the_call() -> None:
    lock = Lock("none")

    with pytest.raises(AgentFailure, match="bad_status") as failure:
        await asked(lock, Vault())

    assert (failure.value.status, failure.value.is_counted) == (401, True)
    assert lock.tried == ["2", "3", "1"]


@pytest.mark.parametrize("fault", [DOWN, GONE])
async def test_a_key_that_cannot_be_had_keeps_no_other_from_being_tried(fault: OqtopusError) -> None:
    lock = Lock("1")

    answer = await asked(lock, Vault({"3": fault}))

    assert answer.startswith("The film")
    assert lock.tried == ["2", "1"]


@pytest.mark.parametrize("fault", [DOWN, GONE])
async def test_a_refusal_stays_one_when_no_other_key_can_be_had(fault: OqtopusError) -> None:
    with pytest.raises(AgentFailure, match="bad_status") as failure:
        await asked(Lock("3"), Vault({"1": fault, "3": fault}))

    assert failure.value.status == 401


@pytest.mark.parametrize(("fault", "event"), [(DOWN, "agent_key_unavailable"), (GONE, "agent_key_missing")])
async def test_a_call_without_its_key_is_blocked_and_not_counted(
    fault: OqtopusError, event: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(AgentFailure, match="blocked") as failure:
        await caller_on(Vault({"1": fault})).ask(agent(), "When?", STRUCTURE, 5)

    assert not failure.value.is_counted
    assert [(record.message, record.levelno) for record in caplog.records] == [(event, logging.WARNING)]


@pytest.mark.parametrize("version", ["1", "2", "3"])
async def test_a_probe_whose_keys_the_vault_does_not_give_is_put_off(version: str) -> None:
    with pytest.raises(Unavailable):
        await caller_on(Vault({version: DOWN})).probe(between_keys("https://films.example.com"))
