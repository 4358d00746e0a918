"""Another's agents, members that nobody may set, and ids that are none (Z1 to Z3)."""

import httpx
import pytest

from oqtopus.bootstrap import Services
from oqtopus.domain.agents import Agent
from tests.fakes.agents import agent
from tests.functions.attacks.scene import NEW_AGENT, SAME_ID, Scene, bearer

OPERATIONS = [
    ("GET", "", None),
    ("PATCH", "", {"name": "taken"}),
    ("PATCH", "", {"public": True}),
    ("DELETE", "", None),
    ("POST", "/verify", None),
    ("GET", "/key.pem", None),
    ("GET", "/health", None),
]
SET_BY_US = {
    "id": "agent-chosen", "user_id": "ada", "owner": "ada", "owner_id": "ada", "private_key": "k", "public_key": "k",
    "key_version": "9", "verified": True, "verified_at": "2026-01-01T00:00:00Z", "status": "active", "score": 1,
    "health": {}, "quota": 1_000, "is_admin": True, "created_at": "2026-01-01T00:00:00Z", "__proto__": {},
}  # fmt: skip


async def private_agent(scene: Scene) -> Agent:
    return await scene.agent(agent("secret", owner_id=await scene.account(), is_public=False))


@pytest.mark.parametrize("is_guest", [False, True])
@pytest.mark.parametrize(("method", "path", "body"), OPERATIONS)
async def test_z1_anothers_private_agent_is_as_missing_as_none(
    method: str, path: str, body: object, is_guest: bool, scene: Scene
) -> None:
    owned = await private_agent(scene)
    eve = {} if is_guest else bearer(await scene.session(await scene.account("eve")))

    async def reply(agent_id: str) -> httpx.Response:
        return await scene.send("registration", method, f"/v1/agents/{agent_id}{path}", eve | SAME_ID, json=body)

    anothers, missing = await reply(owned.id), await reply("agent-missing")

    assert anothers.status_code == (401 if is_guest and (method, path) != ("GET", "") else 404)
    assert (anothers.content, anothers.headers) == (missing.content, missing.headers)
    assert await scene.services.agents.agent(owned.id) == owned


async def test_z1_anothers_private_agent_is_in_no_list(scene: Scene) -> None:
    await private_agent(scene)
    eve = bearer(await scene.session(await scene.account("eve")))

    for headers in (eve, {}):
        for query in ("", "?q=secret", "?category=Movie", "?owner=me"):
            response = await scene.send("registration", "GET", f"/v1/agents{query}", headers)
            assert "secret" not in response.text, query
    for owner in ("ada", "*", "", "me&owner=ada"):
        response = await scene.send("registration", "GET", f"/v1/agents?owner={owner}", eve)
        assert response.status_code == 422


async def test_z1_an_id_in_a_list_of_ones_own_is_ones_own(scene: Scene) -> None:
    owned = await private_agent(scene)
    ada = bearer(await scene.session(owned.owner_id))

    response = await scene.send("registration", "GET", "/v1/agents?owner=me", ada)

    assert [entry["id"] for entry in response.json()["agents"]] == [owned.id]


@pytest.mark.parametrize("member", SET_BY_US)
async def test_z2_what_we_set_nobody_else_sets(member: str, scene: Scene) -> None:
    owned = await private_agent(scene)
    ada, set_by_us = bearer(await scene.session(owned.owner_id)), {member: SET_BY_US[member]}

    replies = [
        await scene.send("registration", "POST", "/v1/agents", ada, json=NEW_AGENT | set_by_us),
        await scene.send("registration", "PATCH", f"/v1/agents/{owned.id}", ada, json={"name": "new"} | set_by_us),
        await scene.send("auth", "POST", "/v1/tokens", ada, json={"name": "laptop"} | set_by_us),
        await scene.send(
            "auth", "POST", "/v1/accounts", json={"email": "e@x.org", "password": "long enough"} | set_by_us
        ),
        await scene.send("search", "POST", "/v1/search", ada, json={"query": "Which film?"} | set_by_us),
    ]

    for response in replies:
        assert response.status_code == 422
        assert response.json()["errors"] == [{"pointer": f"/{member}", "detail": "There is no such member."}]
    assert await scene.services.agents.owned_by(owned.owner_id) == [owned]


@pytest.mark.parametrize(
    "segment",
    ["..", "%2e%2e", "..%2f..%2fetc", "__x__", "__init__", "____", "a.b", "a%00b", "a%0a", "%20", "a'--", "$ne", "*",
     "%c3%a9", "%ff", "a" * 65, "a" * 1_501],
)  # fmt: skip
@pytest.mark.parametrize(("function", "method", "path"), [
    ("registration", "GET", "/v1/agents/{}"),
    ("registration", "DELETE", "/v1/agents/{}"),
    ("registration", "POST", "/v1/agents/{}/verify"),
    ("registration", "GET", "/v1/agents/{}/key.pem"),
    ("auth", "DELETE", "/v1/tokens/{}"),
])  # fmt: skip
async def test_z3_what_cannot_be_an_id_is_not_found_and_no_store_is_asked(
    segment: str, function: str, method: str, path: str, scene: Scene
) -> None:
    ada = bearer(await scene.session(await scene.account()))
    asked = watched(scene.services)

    response = await scene.send(function, method, path.format(segment), ada)

    assert response.status_code == 404
    assert asked == []


def watched(services: Services) -> list[str]:
    """The names of what is asked of the stores that ids lead to, from here on."""
    asked: list[str] = []

    class Watched:
        def __init__(self, store: object) -> None:
            self._store = store

        def __getattr__(self, name: str) -> object:
            if name not in ("session", "touch_session"):
                asked.append(name)
            return getattr(self._store, name)

    services.agents = Watched(services.agents)  # type: ignore[assignment]  # It passes everything on.
    services.sessions = Watched(services.sessions)  # type: ignore[assignment]  # As above.
    return asked
