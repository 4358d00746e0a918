"""`POST /v1/agents`: an agent and its key, both or neither."""

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from functions.registration.service import AGENTS_PER_OWNER
from oqtopus.domain.agents import Agent, AgentId
from oqtopus.domain.taxonomy import TAXONOMY
from tests.functions.registration.world import FIRST, NEW_AGENT, OWNER_MEMBERS, Faulty, World, pointers


class TestRegister:
    """`POST /v1/agents`."""

    async def test_a_new_agent_is_pending_and_shown_whole_to_its_owner(self, world: World) -> None:
        reply = await world.call("anna", "POST", "/v1/agents", NEW_AGENT)

        agent = reply.json()
        assert reply.status_code == 201
        assert reply.headers["location"] == f"/v1/agents/{FIRST}"
        assert agent.keys() == OWNER_MEMBERS
        assert {name: agent[name] for name in NEW_AGENT} == NEW_AGENT
        assert (agent["status"], agent["verified_at"]) == ("pending", None)
        assert agent["key_file_name"] == "oqtopus_graz.pem"
        assert agent["created_at"] == "2026-03-14T15:09:26Z"

    async def test_an_agent_is_private_and_without_description_unless_said_otherwise(self, world: World) -> None:
        body = {name: value for name, value in NEW_AGENT.items() if name not in {"public", "description"}}

        agent = (await world.call("anna", "POST", "/v1/agents", body)).json()

        assert (agent["public"], agent["description"]) == (False, "")

    async def test_the_vault_holds_the_other_half_of_the_shown_key(self, world: World) -> None:
        agent = await world.registered()

        pem = await world.vault.private_key(FIRST, agent["key_version"])

        private_key = load_pem_private_key(pem.encode(), None)
        assert isinstance(private_key, RSAPrivateKey)
        assert private_key.key_size == 2048
        public_pem = private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        assert public_pem.decode() == agent["public_key"]

    async def test_the_private_key_is_in_no_reply_log_or_file(
        self, world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        reply = await world.call("anna", "POST", "/v1/agents", NEW_AGENT)
        later = await world.call("anna", "GET", "/v1/agents?owner=me")
        lines = (await world.vault.private_key(FIRST, "1")).split("\n")

        records = "".join(str(record.__dict__) for record in caplog.records)
        files = _bytes_in(tmp_path)

        assert "agent_registered" in records
        assert b"Hotels of Graz" in files
        for line in filter(None, lines):
            assert line not in reply.text + later.text + records
            assert line.encode() not in files

    @pytest.mark.parametrize(("account", "status"), [("", 401), ("nobody", 401), ("anna:search", 403)])
    async def test_it_takes_an_account_that_may_manage(self, world: World, account: str, status: int) -> None:
        reply = await world.call(account, "POST", "/v1/agents", NEW_AGENT)

        assert reply.status_code == status

    @pytest.mark.parametrize(
        ("member", "value"),
        [
            ("name", ""), ("name", " \u200b"), ("name", "x" * 201), ("name", 7), ("name", None), ("name", "a\u202eb"),
            ("url", ""), ("url", None), ("url", "http://hotels.example.org"), ("url", "https://10.0.0.1"),
            ("url", "https://metadata.google.internal"), ("url", "https://a@hotels.example.org"),
            ("url", "https://hotels.example.org:22"), ("url", "https://hotels.example.org/?q=1"),
            ("categories", []), ("categories", "Hotel"), ("categories", ["Hotel", "Hotel"]), ("categories", {}),
            ("categories", [kind.name for kind in TAXONOMY[:21]]), ("categories", None),
            ("description", "x" * 2_001), ("description", "a\0b"), ("description", None),
            ("orchestrator_id", ""), ("orchestrator_id", "Oqtopus"), ("orchestrator_id", "a" * 64),
            ("orchestrator_id", "oqtopus\n"), ("orchestrator_id", "../oqtopus"), ("orchestrator_id", "ö"),
            ("public", "true"), ("public", 1), ("public", None),
        ],
    )  # fmt: skip
    async def test_a_member_outside_the_contract_is_refused_by_its_pointer(
        self, world: World, member: str, value: object
    ) -> None:
        reply = await world.call("anna", "POST", "/v1/agents", {**NEW_AGENT, member: value})

        assert reply.status_code == 422
        assert pointers(reply) == [f"/{member}"]
        await world.assert_nothing_remains()

    @pytest.mark.parametrize("value", ["hotel", "Hotel ", "", 1, None])
    async def test_an_unknown_category_is_refused_by_its_place(self, world: World, value: object) -> None:
        reply = await world.call("anna", "POST", "/v1/agents", {**NEW_AGENT, "categories": ["Hotel", value]})

        assert reply.status_code == 422
        assert pointers(reply) == ["/categories/1"]

    @pytest.mark.parametrize("member", ["name", "url", "categories", "orchestrator_id"])
    async def test_a_missing_member_is_refused_by_its_pointer(self, world: World, member: str) -> None:
        body = {name: value for name, value in NEW_AGENT.items() if name != member}

        reply = await world.call("anna", "POST", "/v1/agents", body)

        assert reply.status_code == 422
        assert pointers(reply) == [f"/{member}"]

    @pytest.mark.parametrize(
        "member",
        ["id", "owner", "owner_id", "user_id", "status", "verified", "verified_at", "private_key", "public_key",
         "key_version", "health", "score", "is_admin", "is_public", "created_at"],
    )  # fmt: skip
    async def test_what_a_caller_may_not_set_is_refused(self, world: World, member: str) -> None:
        reply = await world.call("anna", "POST", "/v1/agents", {**NEW_AGENT, member: "x"})

        assert reply.status_code == 422
        assert pointers(reply) == [f"/{member}"]
        await world.assert_nothing_remains()

    async def test_a_refused_url_is_logged_by_host_and_rule_only(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        url = "https://user:secret@inside.example.org/secret/path"

        await world.call("anna", "POST", "/v1/agents", {**NEW_AGENT, "url": url})

        (record,) = (record for record in caplog.records if record.message == "agent_refused")
        logged: object = record.__dict__["oqtopus"]
        assert record.name.startswith("oqtopus.")
        assert logged == {"account": "anna", "host": "inside.example.org", "rule": "authority"}

    async def test_an_account_has_a_hundred_agents_at_most(self, world: World) -> None:
        await world.registered()
        model = await world.agents.agent(FIRST)
        assert model is not None
        for number in range(1, AGENTS_PER_OWNER):
            await world.agents.add(_copy(model, f"copy-{number}"))

        reply = await world.call("anna", "POST", "/v1/agents", NEW_AGENT)

        assert reply.status_code == 409
        assert not await world.has_secret(AgentId("agent-2"))
        await world.registered("bert")

    async def test_an_account_registers_thirty_agents_an_hour(self, world: World) -> None:
        refused = {**NEW_AGENT, "url": "https://10.0.0.1"}
        tries = [await world.call("anna", "POST", "/v1/agents", refused) for _ in range(30)]

        reply = await world.call("anna", "POST", "/v1/agents", NEW_AGENT)

        assert {reply.status_code for reply in tries} == {422}
        assert reply.status_code == 429
        await world.assert_nothing_remains()
        await world.registered("bert")

    async def test_an_account_verifies_sixty_times_an_hour(self, world: World) -> None:
        await world.registered()
        tries = [await world.call("anna", "POST", f"/v1/agents/{FIRST}/verify") for _ in range(60)]

        reply = await world.call("anna", "POST", f"/v1/agents/{FIRST}/verify")

        assert {reply.status_code for reply in tries} == {200}
        assert reply.status_code == 429
        assert len(world.caller.probed) == 60


class TestBothOrNeither:
    """K1: a key without its agent, or an agent without its key, never remains."""

    async def test_a_failing_vault_leaves_no_agent_and_no_secret(self, world: World) -> None:
        world.vault.is_broken = True

        reply = await world.call("anna", "POST", "/v1/agents", NEW_AGENT)

        assert reply.status_code == 500
        await world.assert_nothing_remains()

    async def test_a_failing_store_leaves_no_secret_and_no_agent(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        world.agents.is_broken = True

        reply = await world.call("anna", "POST", "/v1/agents", NEW_AGENT)

        assert reply.status_code == 500
        assert "agent_not_withdrawn" in caplog.messages
        await world.assert_nothing_remains()

    @pytest.mark.parametrize("stuck", ["vault", "agents"])
    async def test_a_registration_that_is_cancelled_leaves_nothing(self, world: World, stuck: str) -> None:
        faulty: Faulty = getattr(world, stuck)
        faulty.is_stuck = True
        registering = asyncio.create_task(world.call("anna", "POST", "/v1/agents", NEW_AGENT))
        await faulty.reached.wait()

        registering.cancel()
        await asyncio.wait([registering])

        assert registering.cancelled()
        await world.assert_nothing_remains()


def _bytes_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def _copy(agent: Agent, agent_id: str) -> Agent:
    return replace(agent, id=AgentId(agent_id))
