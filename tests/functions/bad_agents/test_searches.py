"""A whole search with bad agents among the good ones: what its client is sent, and when (C8, C9)."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx
import pytest

from oqtopus.bootstrap import Services
from oqtopus.domain.accounts import Account
from oqtopus.domain.agents import Agent, AgentId
from tests.conftest import ClientOf
from tests.fakes.agent_server import agent_serving, reply, saying
from tests.fakes.agents import NOON, agent
from tests.fakes.bad_agents import BAD_AGENTS, SECRET
from tests.fakes.models import ScriptedModel
from tests.fakes.vaults import key_pem
from tests.functions.bad_agents.conftest import Standing

DEADLINE: Final = 0.5
MARGIN: Final = 5.0

# One or two of each kind that differ in how they end.
CHOSEN: Final = (
    "drips the body", "hangs after the request", "never lets us connect", "endless body", "endless fields",
    "100 without end", "gzip bomb", "redirect 302", "500 with a traceback", "HTML page", "NaN", "towers of 60 lists",
    "another's name and id", "answer of invisible characters", "two lengths", "SMTP", "resets in the body",
    "a closed port", "plain HTTP on a TLS port",
)  # fmt: skip


@dataclass(frozen=True)
class Panel:
    """What a search made of its agents: each one's element by name, the types of its events, and all that was sent."""

    elements: dict[str, dict[str, Any]]  # Any: JSON.
    types: list[str]
    text: str
    seconds: float


class Scene:
    """The search function with two good agents, and the real caller with keys out of the real vault."""

    def __init__(
        self, services: Services, client: httpx.AsyncClient, good: Sequence[Agent], standing: Standing
    ) -> None:
        self._services, self._client, self._good, self._standing = services, client, good, standing
        model = ScriptedModel("embedded", is_knowledgeable=False, own_answer=("Nobody covers this.",))
        services.models = (ScriptedModel("gemini"), model)
        services.embedded = model  # type: ignore[assignment]  # It ranks as the embedded model does.
        services.settings = replace(
            services.settings,
            agent_deadline_seconds=DEADLINE,
            allowed_agent_origins=frozenset({*standing.origins.values(), *(one.url for one in good)}),
        )

    async def search(self, *names: str) -> Panel:
        """Ask the bad agents of these names and the good ones."""
        origins = self._standing.origins
        bad = [agent(name, id=AgentId(f"bad-{place}"), url=origins[name]) for place, name in enumerate(names)]
        await self._register([self._good[0], *bad, *self._good[1:]])
        loop = asyncio.get_running_loop()
        started = loop.time()
        response = await self._client.post("/v1/search", json={"query": "Which film?"})
        seconds = loop.time() - started
        events = [json.loads(line) for line in response.text.splitlines()]
        [summary] = [event for event in events if event["type"] == "agents"]
        elements = {element["name"]: element for element in summary["data"]}
        return Panel(elements, [event["type"] for event in events], response.text, seconds)

    async def _register(self, agents: Sequence[Agent]) -> None:
        await self._services.accounts.add(Account(agents[0].owner_id, "owner@example.com", "owner", "", NOON))
        for one in agents:
            version = await self._services.vault.add(one.id, key_pem())
            await self._services.agents.add(replace(one, key_version=version))


@pytest.fixture
async def scene(services: Services, client_of: ClientOf, standing: Standing) -> AsyncIterator[Scene]:
    async with (
        agent_serving(saying(reply(b'{"answer":"Heat."}'))) as first,
        agent_serving(saying(reply(b'{"answer":"Ran."}'))) as second,
    ):
        good = (agent("first", url=first.origin), agent("second", url=second.origin))
        yield Scene(services, client_of("search"), good, standing)
        await services.agent_caller.aclose()


def good_answers(panel: Panel) -> list[str]:
    return [panel.elements[name]["result"]["answer"] for name in ("first", "second")]


@pytest.mark.parametrize("name", CHOSEN)
async def test_a_search_ends_in_time_with_every_good_answer(
    scene: Scene, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        panel = await scene.search(name)

    element, bad = panel.elements[name], BAD_AGENTS[name]
    assert good_answers(panel) == ["Heat.", "Ran."]
    assert element.get("error") in (bad.reasons or [None])
    assert element.get("result", {}).get("answer") == bad.answer
    assert panel.types.count("final") == 1 and panel.types[-1] == "final"
    assert panel.seconds < DEADLINE + MARGIN
    assert not [word for word in (SECRET, "Errno") if word in panel.text]
    assert not [word for word in (SECRET, "Errno", "ERROR") if word in caplog.text]


async def test_many_bad_agents_at_once_cost_no_more_than_one(scene: Scene) -> None:
    names = ("drips the body", "endless body", "gzip bomb", "towers of 60 lists", "100 without end", "resets at once")

    panel = await scene.search(*names)

    assert good_answers(panel) == ["Heat.", "Ran."]
    assert panel.elements.keys() >= {*names}
    assert panel.seconds < DEADLINE + MARGIN
