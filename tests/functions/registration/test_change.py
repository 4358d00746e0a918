"""What owners do with an agent that they have: change, verify, remove."""

import pytest

from oqtopus.domain.agents import AgentStatus, CallOutcome
from oqtopus.ports import ProbeResult
from tests.functions.registration.world import ANNA, FIRST, NEW_AGENT, SECOND, World, listed, pointers


class TestChange:
    """`PATCH /v1/agents/{id}`."""

    async def test_an_owner_changes_what_is_named_and_nothing_else(self, world: World) -> None:
        before = await world.activated()
        world.clock.advance(SECOND)
        changes = {"name": "Beds", "categories": ["Roofer"], "description": "", "public": False}

        reply = await world.call("anna", "PATCH", f"/v1/agents/{FIRST}", changes)

        assert reply.status_code == 200
        assert reply.json() == before | changes | {"changed_at": "2026-03-14T15:09:27Z"}
        assert (await world.call("anna", "GET", f"/v1/agents/{FIRST}")).json() == reply.json()

    async def test_an_agent_at_a_new_url_is_pending_again_and_gets_no_searches(self, world: World) -> None:
        await world.activated()

        reply = await world.call("anna", "PATCH", f"/v1/agents/{FIRST}", {"url": "https://new.example.org"})

        agent = reply.json()
        assert (agent["url"], agent["status"], agent["verified_at"]) == ("https://new.example.org", "pending", None)
        assert not await world.agents.candidates(["Hotel"], ANNA)
        assert listed(await world.call("", "GET", "/v1/agents")) == []

    async def test_the_same_url_in_another_spelling_is_no_new_one(self, world: World) -> None:
        await world.activated()

        changes = {"url": "HTTPS://Hotels.Example.org:443/graz/"}
        reply = await world.call("anna", "PATCH", f"/v1/agents/{FIRST}", changes)

        assert (reply.json()["url"], reply.json()["status"]) == (NEW_AGENT["url"], "active")

    async def test_a_refused_url_changes_nothing(self, world: World) -> None:
        before = await world.activated()

        changes = {"name": "new", "url": "https://127.0.0.1"}
        reply = await world.call("anna", "PATCH", f"/v1/agents/{FIRST}", changes)

        assert (reply.status_code, pointers(reply)) == (422, ["/url"])
        assert (await world.call("anna", "GET", f"/v1/agents/{FIRST}")).json() == before

    @pytest.mark.parametrize("member", ["name", "url", "categories", "description", "public"])
    async def test_null_is_no_value(self, world: World, member: str) -> None:
        await world.registered()

        reply = await world.call("anna", "PATCH", f"/v1/agents/{FIRST}", {member: None})

        assert (reply.status_code, pointers(reply)) == (422, [f"/{member}"])

    @pytest.mark.parametrize(
        "member",
        ["id", "owner", "owner_id", "status", "verified_at", "orchestrator_id", "key_version", "public_key",
         "private_key", "health", "changed_at"],
    )  # fmt: skip
    async def test_what_a_caller_may_not_set_is_refused(self, world: World, member: str) -> None:
        await world.registered()

        reply = await world.call("anna", "PATCH", f"/v1/agents/{FIRST}", {"name": "new", member: "x"})

        assert (reply.status_code, pointers(reply)) == (422, [f"/{member}"])

    async def test_a_change_of_nothing_is_refused(self, world: World) -> None:
        await world.registered()

        reply = await world.call("anna", "PATCH", f"/v1/agents/{FIRST}", {})

        assert (reply.status_code, pointers(reply)) == (422, [""])

    async def test_a_change_of_what_has_changed_meanwhile_is_a_conflict(self, world: World) -> None:
        await world.registered()
        world.agents.is_overtaking = True

        reply = await world.call("anna", "PATCH", f"/v1/agents/{FIRST}", {"name": "late"})

        assert reply.status_code == 409
        stored = await world.agents.agent(FIRST)
        assert stored is not None
        assert stored.name == "overtaking"

    async def test_changes_within_one_tick_of_the_clock_are_told_apart(self, world: World) -> None:
        await world.registered()
        before = await world.agents.agent(FIRST)

        await world.call("anna", "PATCH", f"/v1/agents/{FIRST}", {"name": "new"})

        after = await world.agents.agent(FIRST)
        assert before is not None
        assert after is not None
        assert after.changed_at > before.changed_at


class TestVerify:
    """`POST /v1/agents/{id}/verify`."""

    async def test_an_agent_that_passes_both_probes_gets_searches(self, world: World) -> None:
        await world.registered()
        world.clock.advance(SECOND)

        reply = await world.call("anna", "POST", f"/v1/agents/{FIRST}/verify")

        assert reply.status_code == 200
        assert (reply.json()["status"], reply.json()["verified_at"]) == ("active", "2026-03-14T15:09:27Z")
        assert [agent.id for agent in await world.agents.candidates(["Cafe"], None)] == [FIRST]
        assert [agent.id for agent in world.caller.probed] == [FIRST]

    @pytest.mark.parametrize(
        ("result", "words", "other_words"),
        [
            (ProbeResult("bad_status", None), ["properly signed", "wrong status (bad_status)"], ["foreign key"]),
            (ProbeResult(None, "accepted"), ["foreign key", "status 401", "(accepted)"], ["properly signed"]),
            (ProbeResult("tls", "tls"), ["properly signed", "foreign key", "no trusted TLS connection"], []),
        ],
    )
    async def test_a_failed_probe_is_told_in_words_and_admits_nobody(
        self, world: World, result: ProbeResult, words: list[str], other_words: list[str]
    ) -> None:
        await world.registered()
        world.caller.result = result

        reply = await world.call("anna", "POST", f"/v1/agents/{FIRST}/verify")

        assert reply.status_code == 409
        assert all(word in reply.json()["detail"] for word in words)
        assert not any(word in reply.json()["detail"] for word in other_words)
        assert (await world.call("anna", "GET", f"/v1/agents/{FIRST}")).json()["status"] == "pending"

    async def test_an_active_agent_stays_active_when_a_probe_fails(self, world: World) -> None:
        before = await world.activated()
        world.caller.result = ProbeResult("timeout", None)

        await world.call("anna", "POST", f"/v1/agents/{FIRST}/verify")

        assert (await world.call("anna", "GET", f"/v1/agents/{FIRST}")).json() == before

    async def test_a_suspended_agent_comes_back_through_it(self, world: World) -> None:
        await world.activated()
        for _ in range(20):
            await world.agents.record([CallOutcome(FIRST, 1.0, "tls")], world.clock())
        assert not await world.agents.candidates(["Hotel"], ANNA)

        reply = await world.call("anna", "POST", f"/v1/agents/{FIRST}/verify")

        assert reply.json()["status"] == "active"
        stored = await world.agents.agent(FIRST)
        assert stored is not None
        assert (stored.status, stored.health.failures_in_a_row) == (AgentStatus.ACTIVE, 0)

    async def test_an_agent_that_moved_while_it_was_probed_is_not_admitted(self, world: World) -> None:
        await world.registered()
        world.agents.is_overtaking = True

        reply = await world.call("anna", "POST", f"/v1/agents/{FIRST}/verify")

        assert reply.status_code == 409
        stored = await world.agents.agent(FIRST)
        assert stored is not None
        assert stored.status is AgentStatus.PENDING


class TestRemove:
    """`DELETE /v1/agents/{id}`."""

    async def test_an_agent_goes_with_its_secret(self, world: World) -> None:
        await world.activated()

        reply = await world.call("anna", "DELETE", f"/v1/agents/{FIRST}")

        assert (reply.status_code, reply.content) == (204, b"")
        await world.assert_nothing_remains()
        assert (await world.call("anna", "DELETE", f"/v1/agents/{FIRST}")).status_code == 404

    async def test_a_removal_that_broke_off_can_be_repeated(self, world: World) -> None:
        await world.registered()
        await world.vault.destroy(FIRST)

        reply = await world.call("anna", "DELETE", f"/v1/agents/{FIRST}")

        assert reply.status_code == 204
        await world.assert_nothing_remains()
