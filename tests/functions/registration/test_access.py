"""Who may do what, and which addresses and methods there are."""

import pytest

from tests.functions.registration.world import FIRST, World, without_instance

OWNERS_OPERATIONS = [
    ("PATCH", "", {"name": "taken"}),
    ("PATCH", "", {"url": "https://evil.example.org"}),
    ("DELETE", "", None),
    ("POST", "/verify", None),
    ("GET", "/key.pem", None),
    ("GET", "/health", None),
]


@pytest.mark.parametrize("is_public", [True, False])
@pytest.mark.parametrize(("method", "path", "body"), OWNERS_OPERATIONS)
async def test_another_owners_agent_is_not_found_just_as_a_missing_one(
    world: World, method: str, path: str, body: object, is_public: bool
) -> None:
    before = await world.activated(public=is_public)
    world.caller.probed.clear()

    taken = await world.call("bert", method, f"/v1/agents/{FIRST}{path}", body)
    missing = await world.call("bert", method, f"/v1/agents/no-such-agent{path}", body)

    assert taken.status_code == missing.status_code == 404
    assert without_instance(taken) == without_instance(missing)
    assert (await world.call("anna", "GET", f"/v1/agents/{FIRST}")).json() == before
    assert await world.has_secret(FIRST)
    assert not world.caller.probed


@pytest.mark.parametrize(("method", "path", "body"), OWNERS_OPERATIONS)
async def test_an_owners_operation_takes_an_account(world: World, method: str, path: str, body: object) -> None:
    await world.registered()

    reply = await world.call("", method, f"/v1/agents/{FIRST}{path}", body)

    assert reply.status_code == 401
    assert reply.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "path", "body"), OWNERS_OPERATIONS[:4])
async def test_a_token_for_searches_changes_nothing(world: World, method: str, path: str, body: object) -> None:
    before = await world.registered()

    reply = await world.call("anna:search", method, f"/v1/agents/{FIRST}{path}", body)

    assert reply.status_code == 403
    assert (await world.call("anna", "GET", f"/v1/agents/{FIRST}")).json() == before


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/agents", "GET, POST"),
        ("/v1/agents/agent-1", "DELETE, GET, PATCH"),
        ("/v1/agents/agent-1/verify", "POST"),
        ("/v1/agents/agent-1/key.pem", "GET"),
        ("/v1/agents/agent-1/health", "GET"),
        ("/v1/categories", "GET"),
    ],
)
async def test_a_method_that_a_resource_lacks_is_answered_with_those_it_has(
    world: World, path: str, allowed: str
) -> None:
    reply = await world.call("anna", "PUT", path, {})

    assert reply.status_code == 405
    assert reply.headers["allow"] == allowed


@pytest.mark.parametrize(
    "path",
    ["/", "/v1", "/v2/agents", "/v1/agents/a/b", "/v1/agents/a/verify/b", "/v1/agents/..%2f", "/v1/agents/a.b",
     "/v1/agents/" + "a" * 65, "/v1/agents/__%00__", "/v1/agents/ä", "/v1/agents/%20/verify"],
)  # fmt: skip
async def test_an_address_that_nothing_has_is_not_found(world: World, path: str) -> None:
    assert (await world.call("anna", "GET", path)).status_code == 404
