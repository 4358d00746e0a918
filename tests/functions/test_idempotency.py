"""`Idempotency-Key` on a search: sent twice, it is run and charged once (Q6)."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from functions.search.replays import MAX_ATTEMPTS
from infra.gateway import application_of
from infra.manifest import load_manifest
from infra.server import serving
from oqtopus.bootstrap import Services, using
from oqtopus.config import Settings
from oqtopus.domain.accounts import Account, AccountId, ApiToken, Scope, TokenId
from oqtopus.domain.agents import AgentReply
from oqtopus.ports import IdempotencyLog
from oqtopus.security.credentials import CredentialKind, digest, hint, new_secret
from tests.conftest import client_of_function
from tests.fakes.agents import NOON, ScriptedCaller, agent
from tests.fakes.clock import FakeClock
from tests.fakes.embedded import shared_embedded_model
from tests.fakes.emulators import new_project
from tests.fakes.models import ScriptedModel
from tests.fakes.system import free_ports

LIMIT = 9
KEY = "3f1c-a-key's-#1!"


class WatchedLog:
    """Implements `IdempotencyLog` over another one; a deaf one is left as by an instance that dies in mid-search."""

    def __init__(self, log: IdempotencyLog) -> None:
        self.begin, self.abandon = log.begin, log.abandon
        self.is_deaf = False
        self._log = log
        self._paid = asyncio.Semaphore(0)

    async def finish(self, subject: str, key: str, result: bytes, now: datetime) -> None:
        if not self.is_deaf:
            await self._log.finish(subject, key, result, now)
        if result.startswith(b"paid:"):
            self._paid.release()

    async def let_go(self) -> None:
        """Wait until a client's leaving has been marked, which happens in the background."""
        async with asyncio.timeout(10):
            await self._paid.acquire()


class Bench:
    """The search function with one agent, on a store of its own; guests have nine searches."""

    def __init__(self, services: Services, client: httpx.AsyncClient) -> None:
        self.services = services
        self.client = client
        self.clock = FakeClock()
        self.provider = ScriptedModel("gemini")
        self.caller = ScriptedCaller()
        self.log = WatchedLog(services.replays)
        services.replays = self.log
        services.clock = self.clock
        services.models = (self.provider, ScriptedModel("embedded", is_knowledgeable=False))
        services.agent_caller = self.caller
        services.settings = replace(services.settings, quota_guest_per_day=LIMIT, agent_deadline_seconds=1.0)

    async def ask(self, key: str | None = KEY, query: str = "Which film?", **headers: str) -> httpx.Response:
        if key is not None:
            headers["Idempotency-Key"] = key
        return await self.client.post("/v1/search", json={"query": query}, headers=headers)

    async def leave(self, key: str = KEY) -> None:
        """Ask, and go away before the answer."""
        told, self.caller.replies = self.caller.replies, {"films": None}
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await self.ask(key)
        self.caller.replies = told
        await self.log.let_go()

    @property
    def runs(self) -> int:
        return len(self.caller.asked)

    async def used(self) -> int:
        """What the guest has used, as a further search without a key tells it."""
        reply = await self.ask(None)
        found = re.search(r"r=(\d+)", reply.headers["ratelimit"])
        assert found is not None
        return LIMIT - int(found[1]) - 1


@pytest.fixture(params=["sqlite", "firestore"])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    environ = {"APP_ENV": "development", "OQTOPUS_HOME": str(tmp_path), "SECRET_KEY": "a secret key for tests only"}
    environ["PK_ENCRYPTION_SALT"] = "a salt for tests only"
    if request.param == "firestore":
        emulators: dict[str, str] = request.getfixturevalue("emulators")
        environ |= {"STORE": "firestore", "GOOGLE_CLOUD_PROJECT": new_project()}
        environ["FIRESTORE_EMULATOR_HOST"] = emulators["FIRESTORE_EMULATOR_HOST"]
    async with AsyncExitStack() as stack:
        services = Services(Settings.from_environ(environ))
        services.embedded = shared_embedded_model()
        stack.push_async_callback(services.aclose)
        stack.enter_context(using(services))
        client = await stack.enter_async_context(client_of_function("search"))
        made = Bench(services, client)
        films = agent("films")
        await services.accounts.add(Account(films.owner_id, "owner@example.com", "owner", "", NOON))
        await services.agents.add(films)
        yield made


def events(reply: httpx.Response) -> list[dict[str, Any]]:  # Any: JSON.
    return [json.loads(line) for line in reply.text.splitlines()]


async def test_the_same_key_and_body_bring_the_same_result_and_are_charged_once(bench: Bench) -> None:
    first = await bench.ask()

    second = await bench.ask()

    assert events(second) == [event for event in events(first) if event["type"] != "delta"]
    assert second.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert second.headers["ratelimit"] == first.headers["ratelimit"]
    assert (bench.runs, len(bench.provider.tasks)) == (1, 1)
    assert await bench.used() == 1


async def test_a_replay_has_the_form_that_it_is_asked_for(bench: Bench) -> None:
    first = await bench.ask()

    second = await bench.ask(Accept="text/event-stream")

    kinds = [line.removeprefix("event: ") for line in second.text.splitlines() if line.startswith("event: ")]
    final = second.text.rstrip().splitlines()[-1]
    assert second.headers["content-type"].startswith("text/event-stream")
    assert kinds == ["quota", "category", "agent", "agents", "final"]
    assert json.loads(final.removeprefix("data: ")) == events(first)[-1]


async def test_the_same_body_written_otherwise_is_the_same(bench: Bench) -> None:
    await bench.ask(query="Très?")

    headers = {"Idempotency-Key": KEY, "Content-Type": "application/json"}
    second = await bench.client.post("/v1/search", content=b'{ "query" : "Tr\\u00e8s?" }', headers=headers)

    assert second.headers["idempotent-replayed"] == "true"


async def test_another_body_under_the_same_key_is_refused_and_costs_nothing(bench: Bench) -> None:
    await bench.ask()

    other = await bench.ask(query="Which car?")

    assert other.status_code == 422
    assert [fault["pointer"] for fault in other.json()["errors"]] == ["/Idempotency-Key"]
    assert await bench.used() == 1


async def test_of_many_at_once_one_runs_and_the_others_are_told_so(bench: Bench) -> None:
    bench.caller.replies = {"films": None}

    replies = await asyncio.gather(*(bench.ask() for _ in range(10)))

    statuses = [reply.status_code for reply in replies]
    assert (statuses.count(200), statuses.count(409)) == (1, 9)
    assert bench.runs == 1
    bench.caller.replies = {}
    assert await bench.used() == 1


@pytest.mark.parametrize("key", ["", "a b", "a" * 256, "é", "a\tb", "\x7f"])
async def test_a_key_that_is_none_is_refused_and_costs_nothing(bench: Bench, key: str) -> None:
    headers = [(b"idempotency-key", key.encode())]

    refused = await bench.client.post("/v1/search", json={"query": "?"}, headers=headers)

    assert refused.status_code == 422
    assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/Idempotency-Key"]
    assert await bench.used() == 0


async def test_two_keys_are_refused(bench: Bench) -> None:
    headers = [("Idempotency-Key", "one"), ("Idempotency-Key", "two")]

    refused = await bench.client.post("/v1/search", json={"query": "?"}, headers=headers)

    assert refused.status_code == 422


async def test_a_key_of_any_visible_characters_is_taken(bench: Bench) -> None:
    for key in ("!", "~" * 255, '"quoted"', "/../__x__"):
        assert (await bench.ask(key)).status_code == 200


async def test_a_refused_body_leaves_its_key_new(bench: Bench) -> None:
    refused = await bench.ask(query="")

    taken = await bench.ask()

    assert (refused.status_code, taken.status_code) == (422, 200)
    assert "idempotent-replayed" not in taken.headers
    assert await bench.used() == 1


async def test_a_spent_quota_leaves_its_key_new(bench: Bench) -> None:
    bench.services.settings = replace(bench.services.settings, quota_guest_per_day=0)
    refused = await bench.ask()
    bench.services.settings = replace(bench.services.settings, quota_guest_per_day=LIMIT)

    taken = await bench.ask()

    assert (refused.status_code, taken.status_code) == (429, 200)
    assert refused.headers["ratelimit"].startswith('"daily";r=0;t=')


async def test_what_is_kept_is_given_out_though_the_quota_is_spent(bench: Bench) -> None:
    await bench.ask()
    bench.services.settings = replace(bench.services.settings, quota_guest_per_day=1)

    replayed, refused = await bench.ask(), await bench.ask("another-key")

    assert (replayed.status_code, refused.status_code) == (200, 429)


async def test_a_search_given_back_is_run_and_charged_anew(bench: Bench) -> None:
    bench.caller.replies, bench.provider.broken = {"films": "unreachable"}, frozenset({"answer"})
    failed = await bench.ask()
    bench.caller.replies, bench.provider.broken = {}, frozenset()

    second, third = await bench.ask(), await bench.ask()

    assert "error" in [event["type"] for event in events(failed)]
    assert "idempotent-replayed" not in second.headers
    assert events(second)[-1]["data"] == "All good [1]."
    assert third.headers["idempotent-replayed"] == "true"
    assert await bench.used() == 1


async def test_who_leaves_and_comes_back_with_the_key_is_charged_once(bench: Bench) -> None:
    await bench.leave()

    second, third = await bench.ask(), await bench.ask()

    assert (second.status_code, third.headers["idempotent-replayed"]) == (200, "true")
    assert "idempotent-replayed" not in second.headers
    assert await bench.used() == 1


async def test_a_broken_connection_is_a_client_that_leaves(bench: Bench) -> None:
    bench.caller.replies, headers = {"films": None}, {"Idempotency-Key": KEY}
    [function] = [function for function in load_manifest().functions if function.name == "search"]
    port = free_ports(1)[0]

    async with serving(application_of(function), port), httpx.AsyncClient(trust_env=False) as http:
        url, body = f"http://127.0.0.1:{port}/v1/search", {"query": "Which film?"}
        async with http.stream("POST", url, json=body, headers=headers) as reply:
            await anext(reply.aiter_lines())
        await bench.log.let_go()
        bench.caller.replies = {}
        second = await http.post(url, json=body, headers=headers)

    assert events(second)[0]["data"]["remaining"] == LIMIT - 1
    assert events(second)[-1]["data"] == "All good [1]."


async def test_one_charge_does_not_buy_run_after_run(bench: Bench) -> None:
    for _ in range(MAX_ATTEMPTS):
        await bench.leave()
    runs = bench.runs

    refused = await bench.ask()

    assert refused.status_code == 409
    assert bench.runs == runs == MAX_ATTEMPTS
    assert await bench.used() == 1


async def test_an_answer_too_long_to_keep_is_not_kept_but_stays_paid(bench: Bench) -> None:
    bench.services.settings = replace(bench.services.settings, max_agents_per_search=20)
    names = [f"films{number}" for number in range(20)]
    for name in names:
        await bench.services.agents.add(agent(name))
    bench.caller.replies = {name: AgentReply("\N{GRINNING FACE}" * 10_000) for name in names}

    first, second = await bench.ask(), await bench.ask()

    assert [reply.status_code for reply in (first, second)] == [200, 200]
    assert "idempotent-replayed" not in second.headers
    assert await bench.used() == 1


async def test_a_run_whose_instance_died_is_begun_again_without_a_second_charge(bench: Bench) -> None:
    bench.log.is_deaf = True
    await bench.ask()
    bench.log.is_deaf = False
    too_early = await bench.ask()

    bench.clock.advance(timedelta(minutes=2, seconds=1))
    again = await bench.ask()

    assert [reply.status_code for reply in (too_early, again)] == [409, 200]
    assert await bench.used() == 1


async def test_a_key_is_forgotten_after_a_day_and_charged_anew(bench: Bench) -> None:
    await bench.ask()
    bench.clock.advance(timedelta(hours=24, seconds=1))

    again = await bench.ask()

    assert "idempotent-replayed" not in again.headers
    assert await bench.used() == 1


async def test_a_key_is_its_subjects_own(bench: Bench) -> None:
    tokens = [await _token(bench.services, name) for name in ("ada", "bob")]

    replies = [await bench.ask(Authorization=f"Bearer {token}") for token in tokens]
    replies.append(await bench.ask())

    assert [reply.status_code for reply in replies] == [200] * 3
    assert not any("idempotent-replayed" in reply.headers for reply in replies)


async def _token(services: Services, name: str) -> str:
    secret, now = new_secret(CredentialKind.TOKEN), datetime.now(UTC)
    owner = AccountId(name)
    await services.accounts.add(Account(owner, f"{name}@example.com", name, "", NOON))
    token = ApiToken(TokenId(name), digest(secret), owner, "t", hint(secret), Scope.SEARCH, now, now.replace(year=2100))
    await services.sessions.add_token(token, 10, now)
    return secret
