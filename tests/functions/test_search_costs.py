"""What a search costs in calls to Google: counted on the real emulators, through the function as it is deployed."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from functions.registration.keys import new_key_pair
from oqtopus.adapters.secret_manager import SecretManagerVault
from oqtopus.bootstrap import Services, using
from oqtopus.config import Settings
from oqtopus.domain.accounts import AccountId, ApiToken, Scope, TokenId
from oqtopus.domain.agents import AgentId
from oqtopus.security.credentials import CredentialKind, digest, hint, new_secret
from tests.conftest import client_of_function
from tests.fakes.agent_server import agent_serving, reply, saying
from tests.fakes.agents import agent
from tests.fakes.emulators import new_project
from tests.fakes.firestore import Record, RecordedDatabase
from tests.fakes.models import ScriptedModel

AGENTS = 5


class CountingVault(SecretManagerVault):
    """Counts the keys that are fetched, and how many of these calls are under way together."""

    fetched = 0
    under_way = 0
    most_at_once = 0

    async def private_key(self, agent_id: AgentId, version: str) -> str:
        self.fetched += 1
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            return await super().private_key(agent_id, version)
        finally:
            self.under_way -= 1


@dataclass
class Scene:
    """The search function on the emulators, a user's token, and agents that answer."""

    database: RecordedDatabase
    vault: CountingVault
    client: httpx.AsyncClient
    token: str

    async def search(self) -> tuple[int, int, int]:
        """Firestore reads, Firestore writes and Secret Manager calls of one search that all agents answer."""
        self.database.record, self.vault.fetched = Record(), 0
        headers = {"Authorization": f"Bearer {self.token}"}
        response = await self.client.post("/v1/search", json={"query": "Which film?"}, headers=headers)
        final = json.loads(response.text.splitlines()[-1])
        assert final["usage"]["agents_answered"] == AGENTS, response.text
        return len(self.database.record.reads), len(self.database.record.writes), self.vault.fetched


@pytest.fixture
async def scene(emulators: dict[str, str], tmp_path: Path) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(agent_serving(saying(reply())))
        environ = {
            **emulators,
            "GOOGLE_CLOUD_PROJECT": new_project(),
            "APP_ENV": "development",
            "BUS": "local",
            "OQTOPUS_HOME": str(tmp_path),
            "SECRET_KEY": "a secret key for tests only",
            "ALLOWED_AGENT_ORIGINS": server.origin,
        }
        services = Services(Settings.from_environ(environ))
        google = services.settings.google
        database = RecordedDatabase(google.project, google.firestore_emulator)
        vault = CountingVault(google.project, google.secret_manager_emulator)
        services._firestore, services.vault = database, vault
        embedded = ScriptedModel("embedded")
        services.models = (embedded,)
        services.embedded = embedded  # type: ignore[assignment]  # It stands for the ranker, too.
        await _register_agents(services, server.origin)
        stack.push_async_callback(services.aclose)
        stack.enter_context(using(services))
        client = await stack.enter_async_context(client_of_function("search"))
        yield Scene(database, vault, client, await _token(services))


async def test_a_warm_search_costs_two_reads_two_writes_and_no_key(scene: Scene) -> None:
    await scene.search()

    reads, writes, keys = await scene.search()

    assert (reads, writes, keys) == (2, 2, 0)


async def test_a_cold_search_fetches_each_key_once_and_all_at_the_same_time(scene: Scene) -> None:
    reads, writes, keys = await scene.search()

    assert (reads, writes, keys) == (2, 2, AGENTS)
    assert scene.vault.most_at_once == AGENTS


async def _register_agents(services: Services, origin: str) -> None:
    keys = await new_key_pair()
    for number in range(AGENTS):
        member = replace(agent(f"films-{number}"), url=origin)
        version = await services.vault.add(member.id, keys.private_pem)
        await services.agents.add(replace(member, key_version=version, public_key_pem=keys.public_pem))


async def _token(services: Services) -> str:
    """The secret of a new API token of a user who owns no agent."""
    secret, now = new_secret(CredentialKind.TOKEN), datetime.now(UTC)
    user = AccountId("user")
    token = ApiToken(TokenId("t"), digest(secret), user, "t", hint(secret), Scope.SEARCH, now, now.replace(year=2100))
    await services.sessions.add_token(token, 10, now)
    return secret
