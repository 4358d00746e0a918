"""`POST /v1/agents/{id}/keys` and `/keys/activate`: a new key without an hour in which calls are refused."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from oqtopus.domain.agents import AgentId
from oqtopus.messages import KeysDue
from oqtopus.ports import ProbeResult
from tests.functions.registration.world import FIRST, NEW_AGENT, SECOND, World

HOUR = timedelta(hours=1)
KEYS = f"/v1/agents/{FIRST}/keys"
ACTIVATE = f"{KEYS}/activate"


def states(agent: dict[str, Any]) -> list[tuple[str, str]]:  # Any: a JSON document.
    return [(key["version"], key["state"]) for key in agent["keys"]]


async def started(world: World) -> dict[str, Any]:  # Any: a JSON document.
    reply = await world.call("anna", "POST", KEYS)
    assert reply.is_success, reply.text
    document: dict[str, Any] = reply.json()
    return document


async def pem(world: World, version: str) -> httpx.Response:
    return await world.call("anna", "GET", f"/v1/agents/{FIRST}/key.pem?version={version}")


async def test_a_staged_key_is_shown_beside_the_one_that_signs(world: World) -> None:
    before = await world.activated()

    reply = await world.call("anna", "POST", KEYS)

    agent = reply.json()
    assert reply.status_code == 201
    assert states(agent) == [("1", "current"), ("2", "staged")]
    assert agent["public_key"] == before["public_key"] != agent["keys"][1]["public_key"]
    assert (agent["status"], agent["key_version"]) == ("active", "1")
    assert (await world.call("anna", "GET", f"/v1/agents/{FIRST}")).json()["keys"] == agent["keys"]
    assert await world.vault.versions(FIRST) == ["1", "2"]


async def test_each_public_key_in_use_can_be_saved_and_no_other(world: World) -> None:
    await world.activated()
    agent = await started(world)

    assert (await pem(world, "1")).text == agent["keys"][0]["public_key"]
    assert (await pem(world, "2")).text == agent["keys"][1]["public_key"]
    assert [(await pem(world, version)).status_code for version in ("3", "0", "", "latest")] == [404] * 4


async def test_starting_again_shows_the_staged_key_and_makes_no_other(world: World) -> None:
    await world.activated()
    first = await started(world)

    again = await world.call("anna", "POST", KEYS)

    assert (again.status_code, again.json()["keys"]) == (200, first["keys"])
    assert await world.vault.versions(FIRST) == ["1", "2"]


async def test_of_two_starts_at_once_one_wins_and_no_key_is_left_over(world: World) -> None:
    await world.activated()

    replies = await asyncio.gather(*(world.call("anna", "POST", KEYS) for _ in range(2)))
    world.clock.advance(timedelta(minutes=11))
    await world.tick(KeysDue())

    assert sorted(reply.status_code for reply in replies) in ([200, 201], [201, 409])
    agent = (await world.call("anna", "GET", f"/v1/agents/{FIRST}")).json()
    assert [key["state"] for key in agent["keys"]] == ["current", "staged"]
    assert await world.vault.versions(FIRST) == [key["version"] for key in agent["keys"]]


async def test_activation_probes_with_the_staged_key_alone_and_then_signs_with_it(world: World) -> None:
    await world.activated()
    staged = (await started(world))["keys"][1]

    reply = await world.call("anna", "POST", ACTIVATE)

    probed = world.caller.probed[-1]
    assert probed.key_versions(world.clock()) == ("2",)
    agent = reply.json()
    assert states(agent) == [("2", "current"), ("1", "retired")]
    assert (agent["key_version"], agent["public_key"]) == ("2", staged["public_key"])
    assert agent["keys"][1]["until"] == "2026-03-15T15:09:26Z"


@pytest.mark.parametrize("result", [ProbeResult("bad_status", None), ProbeResult(None, "accepted")])
async def test_a_key_that_the_agent_does_not_accept_is_not_activated(world: World, result: ProbeResult) -> None:
    await world.activated()
    agent = await started(world)
    world.caller.result = result

    reply = await world.call("anna", "POST", ACTIVATE)

    assert reply.status_code == 409
    assert "probe" in reply.json()["detail"]
    assert (await world.call("anna", "GET", f"/v1/agents/{FIRST}")).json() == agent


async def test_activating_what_is_not_staged_is_a_conflict(world: World) -> None:
    await world.activated()

    reply = await world.call("anna", "POST", ACTIVATE)

    assert (reply.status_code, "start a rotation" in reply.json()["detail"]) == (409, True)
    assert len(world.caller.probed) == 1


async def test_the_retired_key_is_destroyed_after_its_overlap_and_not_before(world: World) -> None:
    await world.activated()
    await started(world)
    await world.call("anna", "POST", ACTIVATE)

    world.clock.advance(23 * HOUR)
    await world.tick(KeysDue())
    during = await world.vault.versions(FIRST)
    world.clock.advance(2 * HOUR)
    await world.tick(KeysDue())

    assert (during, await world.vault.versions(FIRST)) == (["1", "2"], ["2"])
    assert states((await world.call("anna", "GET", f"/v1/agents/{FIRST}")).json()) == [("2", "current")]


async def test_a_second_rotation_within_the_overlap_waits_and_drops_no_key_early(world: World) -> None:
    await world.activated()
    await started(world)
    await world.call("anna", "POST", ACTIVATE)
    await started(world)
    probes = len(world.caller.probed)

    world.clock.advance(24 * HOUR - SECOND)
    refused = await world.call("anna", "POST", ACTIVATE)
    await world.tick(KeysDue())
    during = (await world.call("anna", "GET", f"/v1/agents/{FIRST}")).json()

    assert (refused.status_code, "2026-03-15 15:10 UTC" in refused.json()["detail"]) == (409, True)
    assert len(world.caller.probed) == probes
    assert states(during) == [("2", "current"), ("3", "staged"), ("1", "retired")]
    assert await world.vault.versions(FIRST) == ["1", "2", "3"]


async def test_a_second_rotation_after_the_overlap_leaves_no_key_behind(world: World) -> None:
    await world.activated()
    for _ in range(2):
        await started(world)
        assert (await world.call("anna", "POST", ACTIVATE)).status_code == 200
        world.clock.advance(25 * HOUR)

    await world.tick(KeysDue())

    assert await world.vault.versions(FIRST) == ["3"]


async def test_a_change_in_between_keeps_the_staged_key(world: World) -> None:
    await world.activated()
    await started(world)

    changed = await world.call("anna", "PATCH", f"/v1/agents/{FIRST}", {"name": "Hostels of Graz"})

    assert states(changed.json()) == [("1", "current"), ("2", "staged")]


async def test_a_blocked_agent_stays_blocked_with_its_new_key(world: World) -> None:
    await world.activated()
    await started(world)
    await world.agents.set_blocked(FIRST, is_blocked=True)

    await world.call("anna", "POST", ACTIVATE)

    agent = (await world.call("anna", "GET", f"/v1/agents/{FIRST}")).json()
    assert (agent["status"], agent["key_version"]) == ("blocked", "2")


@pytest.mark.parametrize(("account", "status"), [("bert", 404), ("", 401), ("anna:search", 403), ("nobody", 401)])
@pytest.mark.parametrize("path", [KEYS, ACTIVATE])
async def test_only_the_owner_rotates(world: World, account: str, status: int, path: str) -> None:
    await world.activated(public=True)

    reply = await world.call(account, "POST", path)

    assert reply.status_code == status
    assert await world.vault.versions(FIRST) == ["1"]


@pytest.mark.parametrize("path", [KEYS, ACTIVATE])
async def test_rotation_takes_post_only(world: World, path: str) -> None:
    replies = [await world.call("anna", method, path) for method in ("GET", "PUT", "DELETE")]

    assert [(reply.status_code, reply.headers["allow"]) for reply in replies] == [(405, "POST")] * 3


async def test_a_start_whose_store_fails_leaves_no_key(world: World) -> None:
    await world.activated()
    world.agents.is_overtaking = True

    reply = await world.call("anna", "POST", KEYS)

    assert reply.status_code == 409
    assert await world.vault.versions(FIRST) == ["1"]


async def test_deleting_an_agent_in_the_middle_of_a_rotation_destroys_all_its_keys(world: World) -> None:
    await world.activated()
    await started(world)

    await world.call("anna", "DELETE", f"/v1/agents/{FIRST}")

    assert await world.vault.versions(FIRST) == []


async def test_a_vault_that_is_down_delays_the_destruction_and_not_the_deletion(world: World) -> None:
    other = AgentId((await world.registered())["id"])
    world.vault.is_down = True
    reply = await world.call("anna", "DELETE", f"/v1/agents/{other}")
    world.vault.is_down = False
    kept = await world.vault.versions(other)

    world.clock.advance(timedelta(minutes=11))
    await world.tick(KeysDue())

    assert (reply.status_code, kept, await world.vault.versions(other)) == (204, ["1"], [])


async def test_a_key_is_staged_for_an_agent_that_was_never_verified(world: World) -> None:
    await world.call("anna", "POST", "/v1/agents", NEW_AGENT)
    await started(world)

    agent = (await world.call("anna", "POST", ACTIVATE)).json()

    assert (agent["status"], states(agent)) == ("active", [("2", "current"), ("1", "retired")])
