"""Firestore goes away in the middle of fifty searches and comes back: nobody waits for ever, nobody pays twice."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from functions.registration.keys import new_key_pair
from oqtopus.bootstrap import Services
from oqtopus.config import Settings
from oqtopus.domain.accounts import AccountId, ApiToken, Scope, TokenId
from oqtopus.domain.quotas import Quota
from oqtopus.security.credentials import CredentialKind, digest, hint, new_secret
from tests.fakes.agents import agent
from tests.fakes.emulators import new_project
from tests.fakes.firestore import running_firestore
from tests.fakes.system import free_ports, stop, wait_for
from tests.fakes.tcp_proxy import Door, door_to

SEARCHES = 50
OUTAGE_SECONDS = 10.0
LONGEST_SECONDS = 40.0
QUESTION = "What are good science fiction movies from the 1990s?"
USER = AccountId("user")
Outcome = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Scene:
    """The search function on a Firestore emulator of its own, behind a door; agents take a second to answer."""

    url: str
    settings: Settings
    door: Door

    def client(self) -> httpx.AsyncClient:
        """Its patience is what a search may take at most."""
        return httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=LONGEST_SECONDS)

    @asynccontextmanager
    async def services(self) -> AsyncIterator[Services]:
        active = Services(self.settings)
        yield active
        await active.aclose()

    async def seed(self) -> str:
        """A user with an API token, whose secret is returned, and two agents."""
        secret, now = new_secret(CredentialKind.TOKEN), datetime.now(UTC)
        kept = ApiToken(
            TokenId("t"), digest(secret), USER, "t", hint(secret), Scope.SEARCH, now, now.replace(year=2100)
        )
        [origin] = self.settings.allowed_agent_origins
        async with self.services() as active:
            await active.sessions.add_token(kept, 10, now)
            keys = await new_key_pair()
            for name in ("first", "second"):
                member = replace(agent(name), url=origin, categories=("Movie", "Film"))
                version = await active.vault.add(member.id, keys.private_pem)
                await active.agents.add(replace(member, key_version=version, public_key_pem=keys.public_pem))
        return secret

    async def quota(self) -> Quota:
        async with self.services() as active:
            return await active.quotas.quota(f"account:{USER}", datetime.now(UTC).date(), 1_000)


@contextmanager
def playing(home: Path, emulator_port: int) -> Iterator[Scene]:
    port, agent_port = free_ports(2)
    with ExitStack() as stack:
        door = stack.enter_context(door_to(emulator_port))
        environ = {
            "APP_ENV": "development",
            "OQTOPUS_HOME": str(home),
            "SECRET_KEY": "a secret key for tests only",
            "PK_ENCRYPTION_SALT": "a salt for tests only",
            "STORE": "firestore",
            "GOOGLE_CLOUD_PROJECT": new_project(),
            "FIRESTORE_EMULATOR_HOST": f"127.0.0.1:{door.port}",
            "QUOTA_USER_PER_DAY": "1000",
            "ALLOWED_AGENT_ORIGINS": f"http://127.0.0.1:{agent_port}",
            "LLM_PROVIDER": "embedded",
        }
        agents = ["tests.fakes.agent_server", "--port", str(agent_port), "--latency-ms", "1000"]
        function = ["functions_framework", "--target", "search", "--source", "functions/search/main.py"]
        for arguments in (agents, [*function, "--host", "127.0.0.1", "--port", str(port)]):
            log = stack.enter_context((home / f"{arguments[0]}.log").open("wb"))
            command = [sys.executable, "-m", *arguments]
            process = subprocess.Popen(command, env=os.environ | environ, stdout=log, stderr=log)
            stack.callback(stop, process)
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/healthz", process)
        yield Scene(url, Settings.from_environ(environ), door)


async def ask(http: httpx.AsyncClient, token: str, delay: float = 0.0) -> Outcome:
    """The status of a search and the types of its events, or the problem's status and its word."""
    await asyncio.sleep(delay)
    response = await http.post("/v1/search", json={"query": QUESTION}, headers={"Authorization": f"Bearer {token}"})
    if response.headers["content-type"] == "application/problem+json":
        return response.status_code, [response.json()["type"]]
    return response.status_code, [json.loads(line)["type"] for line in response.text.splitlines()]


async def fifty(http: httpx.AsyncClient, token: str) -> list[Outcome]:
    """Fifty searches within five seconds; each must end by itself in time."""
    return await asyncio.gather(*(ask(http, token, number / 10) for number in range(SEARCHES)))


def ended_properly(outcome: Outcome) -> bool:
    status, kinds = outcome
    if status == 200:
        return kinds[-1] == "final" and kinds.count("final") == 1
    return status in (401, 503) and kinds[0].startswith("urn:oqtopus:problem:")


class OwnEmulator:
    """A Firestore emulator to be stopped and started, which loses all that it held."""

    def __init__(self, port: int, log: Path) -> None:
        self.port = port
        self._log = log
        self._running = ExitStack()

    def start(self) -> None:
        self._running.enter_context(running_firestore(self.port, self._log))

    def stop(self) -> None:
        self._running.close()


@pytest.fixture
def emulator(tmp_path: Path, emulators: dict[str, str]) -> Iterator[OwnEmulator]:
    """One that no other test uses; the shared ones are asked for to skip where the SDK is missing."""
    own = OwnEmulator(free_ports(1)[0], tmp_path / "firestore.log")
    own.start()
    yield own
    own.stop()


async def test_a_firestore_that_refuses_connections_for_ten_seconds(tmp_path: Path, emulator: OwnEmulator) -> None:
    with playing(tmp_path, emulator.port) as scene:
        token = await scene.seed()
        async with scene.client() as http:
            await ask(http, token)
            running = asyncio.create_task(fifty(http, token))
            await asyncio.sleep(2.0)
            scene.door.shut()
            await asyncio.sleep(OUTAGE_SECONDS)
            scene.door.open()
            outcomes = await running
            used = (await scene.quota()).used
            afterwards = await ask(http, token)

    answered = [kinds for status, kinds in outcomes if status == 200 and "error" not in kinds]
    assert all(map(ended_properly, outcomes)), outcomes
    assert 0 < len(answered) < SEARCHES, "the outage came in the middle"
    assert used == 1 + len(answered)
    assert afterwards[1][-1] == "final"


async def test_a_firestore_that_is_killed_and_started_anew(tmp_path: Path, emulator: OwnEmulator) -> None:
    with playing(tmp_path, emulator.port) as scene:
        token = await scene.seed()
        async with scene.client() as http:
            await ask(http, token)
            running = asyncio.create_task(fifty(http, token))
            await asyncio.sleep(2.0)
            await asyncio.to_thread(emulator.stop)
            await asyncio.to_thread(emulator.start)
            outcomes = await running
            charged = (await scene.quota()).used
            token = await scene.seed()
            afterwards = await ask(http, token)

    assert all(map(ended_properly, outcomes)), outcomes
    assert charged <= SEARCHES
    assert afterwards[1][-1] == "final"
    assert "error" not in afterwards[1]
