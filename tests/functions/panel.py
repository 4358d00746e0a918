"""A search function with a good and a hostile agent, and what must hold of whatever it streams."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx

from oqtopus.bootstrap import Services
from oqtopus.domain.accounts import Account
from oqtopus.domain.agents import AgentReply
from oqtopus.domain.model import MAX_ANSWER_CHARACTERS, SynthesisTask
from oqtopus.errors import FailureReason
from oqtopus.wire.events import MAX_EVENT_BYTES
from tests.fakes.agents import NOON, ScriptedCaller, agent
from tests.fakes.cleanliness import faults_in
from tests.fakes.models import ScriptedModel

QUESTION = "Who directed the film Heat of 1995?"
FACT = "Heat of 1995 was directed by Michael Mann."

Json = Any  # Any: JSON has no type.


class Panel:
    """The search function with a good and a hostile agent; the provider says what its test wants it to."""

    def __init__(self, services: Services, client: httpx.AsyncClient) -> None:
        self.services = services
        self.client = client
        self.provider = ScriptedModel("gemini")
        self.embedded = ScriptedModel("embedded", is_knowledgeable=False)
        self.caller = ScriptedCaller()
        services.models = (self.provider, self.embedded)
        services.embedded = self.embedded  # type: ignore[assignment]  # It stands for the ranker, too.
        services.agent_caller = self.caller
        self.configure(quota_guest_per_day=100_000)

    def configure(self, **changes: Any) -> None:  # Any: settings of several types.
        self.services.settings = replace(self.services.settings, **changes)

    async def register(self, bad_name: str = "bad") -> None:
        owner = agent().owner_id
        await self.services.accounts.add(Account(owner, "owner@example.com", "owner", "", NOON))
        await self.services.agents.add(agent("good"))
        await self.services.agents.add(replace(agent("bad"), name=bad_name))

    async def ask(self, reply: AgentReply | FailureReason) -> list[Json]:
        self.provider.tasks.clear()
        self.caller.replies = {"good": AgentReply(FACT), "bad": reply}
        response = await self.client.post("/v1/search", json={"query": QUESTION})
        lines = response.content.split(b"\n")
        assert lines.pop() == b""
        assert len(lines) == len(response.text.splitlines()), "a line breaks inside"
        assert max(map(len, lines)) <= MAX_EVENT_BYTES
        return [json.loads(line) for line in lines]

    @property
    def synthesis(self) -> SynthesisTask:
        return next(task for task in self.provider.tasks if isinstance(task, SynthesisTask))


def strings_in(value: Json) -> Iterator[str]:
    """All strings but the addresses of agents, which the egress policy has read."""
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from strings_in(item)
        case dict():
            for name, item in value.items():
                yield name
                if name != "agent_url":
                    yield from strings_in(item)


def _unmarked(text: str) -> str:
    """The text without citation marks, which are put right in `final` only, and without the space around them."""
    return re.sub(r"\[[\d, ]+\]|\s", "", text)


def assert_sound(events: list[Json]) -> None:
    """Nothing forbidden in any event, one `final` which is the last, and deltas that make it but for its marks."""
    kinds = [event["type"] for event in events]
    deltas = "".join(event["data"] for event in events if event["type"] == "delta")
    whole = [event for event in events if event["type"] != "delta"]

    assert kinds.count("final") == 1
    assert kinds[-1] == "final"
    assert _unmarked(events[-1]["data"]) == _unmarked(deltas)
    assert len(deltas) <= MAX_ANSWER_CHARACTERS
    assert [fault for text in strings_in(whole) for fault in faults_in(text)] == []
