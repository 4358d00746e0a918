"""`Oqtopus-Hops`: an agent that was asked by a search may search in turn, once, and no circle goes on."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from functions.registration.keys import new_key_pair
from infra.gateway import Gateway, application_of
from infra.manifest import load_manifest
from infra.server import serving
from oqtopus.bootstrap import Services, using
from oqtopus.config import Settings
from oqtopus.domain.accounts import Account, AccountId, ApiToken, Scope, TokenId
from oqtopus.security.credentials import CredentialKind, digest, hint, new_secret
from tests.conftest import client_of_function
from tests.fakes.agent_server import FakeAgent, agent_serving, reply
from tests.fakes.agents import NOON, ScriptedCaller, agent
from tests.fakes.models import ScriptedModel
from tests.fakes.system import free_ports

OWNER = AccountId("owner")
QUERY = {"query": "Which film?"}
LIMIT = 9


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    """One public agent whose calls are scripted, and models that choose it."""
    environ = {
        "APP_ENV": "development",
        "OQTOPUS_HOME": str(tmp_path),
        "SECRET_KEY": "a secret key for tests only",
        "PK_ENCRYPTION_SALT": "a salt for tests only",
        "QUOTA_USER_PER_DAY": str(LIMIT),
        "QUOTA_GUEST_PER_DAY": str(LIMIT),
    }
    made = Services(Settings.from_environ(environ))
    embedded = ScriptedModel("embedded", is_knowledgeable=False)
    made.models = (ScriptedModel("gemini"), embedded)
    made.embedded = embedded  # type: ignore[assignment]  # It stands for the ranker, too.
    await made.accounts.add(Account(OWNER, "owner@example.org", "owner", "", NOON))
    with using(made):
        yield made
    await made.aclose()


@dataclass
class Bench:
    """The search function by itself, with one agent whose calls are scripted."""

    services: Services
    client: httpx.AsyncClient
    caller: ScriptedCaller = field(default_factory=ScriptedCaller)

    async def search(self, *headers: tuple[str, str]) -> httpx.Response:
        return await self.client.post("/v1/search", json=QUERY, headers=list(headers))

    async def used(self) -> int:
        """What the guest has used before the further search that tells it."""
        first = (await self.search()).text.splitlines()[0]
        return LIMIT - int(json.loads(first)["data"]["remaining"]) - 1


@pytest.fixture
async def bench(services: Services) -> AsyncIterator[Bench]:
    await services.agents.add(agent("films"))
    async with client_of_function("search") as client:
        made = Bench(services, client)
        services.agent_caller = made.caller
        yield made


@pytest.mark.parametrize("more", [(), (("Idempotency-Key", "a-key"),)], ids=["plain", "keyed"])
@pytest.mark.parametrize(("hops", "carried"), [(None, 1), ("0", 1), ("000", 1), ("1", 2), ("001", 2)])
async def test_the_calls_of_a_search_carry_one_hop_more_than_came(
    bench: Bench, hops: str | None, carried: int, more: tuple[tuple[str, str], ...]
) -> None:
    reply = await bench.search(*more, *([("Oqtopus-Hops", hops)] if hops else []))

    assert reply.status_code == 200
    assert bench.caller.hops == [carried]


@pytest.mark.parametrize("more", [(), (("Idempotency-Key", "a-key"),)], ids=["plain", "keyed"])
@pytest.mark.parametrize("hops", ["2", "3", "10", "999", "002"])
async def test_a_search_too_deep_is_refused_and_costs_nothing(
    bench: Bench, hops: str, more: tuple[tuple[str, str], ...]
) -> None:
    reply = await bench.search(("Oqtopus-Hops", hops), *more)

    problem = reply.json()
    assert (reply.status_code, reply.headers["content-type"]) == (409, "application/problem+json")
    assert (problem["type"], problem["status"]) == ("urn:oqtopus:problem:search-loop", 409)
    assert problem["instance"] == reply.headers["x-request-id"]
    assert bench.caller.asked == []
    assert await bench.used() == 0


async def test_a_key_gives_no_kept_answer_to_a_search_too_deep(bench: Bench) -> None:
    key = ("Idempotency-Key", "a-key")
    await bench.search(key)

    replies = [await bench.search(key, ("Oqtopus-Hops", "2")), await bench.search(key, ("Oqtopus-Hops", "1"))]

    assert [reply.status_code for reply in replies] == [409, 200]


@pytest.mark.parametrize(
    "values",
    [[""], ["-1"], ["+1"], ["1.0"], ["1e0"], ["0x1"], ["one"], ["1000"], ["1 1"], ["1,1"], ["\u0661"], ["1", "1"],
     ["0", "2"], ["1;q=1"], ["1" * 5_000]],
)  # fmt: skip
async def test_a_value_that_is_no_small_number_is_refused_and_costs_nothing(bench: Bench, values: list[str]) -> None:
    request = bench.client.build_request("POST", "/v1/search", json=QUERY)
    raw = [(b"Oqtopus-Hops", value.encode()) for value in values]
    request.headers = httpx.Headers([*request.headers.raw, *raw])

    reply = await bench.client.send(request)

    assert reply.status_code == 422
    assert [fault["pointer"] for fault in reply.json()["errors"]] == ["/Oqtopus-Hops"]
    assert bench.caller.asked == []
    assert await bench.used() == 0


async def test_a_bad_credential_is_told_before_the_hops(bench: Bench) -> None:
    reply = await bench.search(("Oqtopus-Hops", "2"), ("Authorization", "Bearer nonsense"))

    assert reply.status_code == 401


@dataclass
class AskingBack:
    """An agent that asks oqtopus for its own answer, as whoever `headers` say, passing on the hops it came with."""

    url: str
    http: httpx.AsyncClient
    headers: Mapping[str, str]
    statuses: dict[str, int] = field(default_factory=dict)
    fake: FakeAgent | None = None

    async def play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert self.fake is not None
        hops = self.fake.requests[-1].header("oqtopus-hops")
        asked = await self.http.post(self.url, json=QUERY, headers={**self.headers, "Oqtopus-Hops": hops})
        self.statuses[hops] = asked.status_code
        answer = json.loads(asked.text.splitlines()[-1])
        writer.write(reply(json.dumps({"answer": f"I was told: {answer.get('data', answer.get('type'))}"}).encode()))


@pytest.fixture(params=["guest", "user"])
async def asking(request: pytest.FixtureRequest, services: Services) -> AsyncIterator[AskingBack]:
    """That agent, registered and active, at an oqtopus behind its gateway on loopback."""
    port, manifest = free_ports(1)[0], load_manifest()
    search = next(function for function in manifest.functions if function.name == "search")
    gateway = Gateway(replace(manifest, functions=(search,)), {"search": application_of(search)})
    headers = {"Authorization": f"Bearer {await _token(services)}"} if request.param == "user" else {}
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=10))
        made = AskingBack(f"http://127.0.0.1:{port}/v1/search", http, headers)
        made.fake = await stack.enter_async_context(agent_serving(made.play))
        origins = frozenset({made.fake.origin})
        services.settings = replace(services.settings, allowed_agent_origins=origins, is_behind_gateway=True)
        films, keys = agent("films", url=made.fake.origin), await new_key_pair()
        key_version = await services.vault.add(films.id, keys.private_pem)
        await services.agents.add(replace(films, key_version=key_version))
        await stack.enter_async_context(serving(gateway, port))
        yield made


async def test_an_agent_that_asks_back_is_answered_once_and_refused_below_that(
    asking: AskingBack, services: Services
) -> None:
    answered = await asking.http.post(asking.url, json=QUERY, headers=asking.headers)

    events = [json.loads(line) for line in answered.text.splitlines()]
    assert answered.status_code == 200
    assert asking.statuses == {"2": 409, "1": 200}
    assert events[-1]["data"] == "All good [1]."
    assert [event["data"]["result"]["answer"] for event in events if event["type"] == "agent"] == [
        "I was told: All good [1]."
    ]
    assert events[0]["data"]["remaining"] == LIMIT - 1
    again = await asking.http.post(asking.url, json=QUERY, headers={**asking.headers, "Oqtopus-Hops": "1"})
    assert json.loads(again.text.splitlines()[0])["data"]["remaining"] == LIMIT - 3


async def _token(services: Services) -> str:
    secret, now = new_secret(CredentialKind.TOKEN), datetime.now(UTC)
    until = now + timedelta(days=1)
    token = ApiToken(TokenId("t"), digest(secret), OWNER, "t", hint(secret), Scope.SEARCH, now, until)
    await services.sessions.add_token(token, 10, now)
    return secret
