"""What owners and others see of agents."""

import pytest

from oqtopus.domain.agents import CallOutcome
from oqtopus.domain.taxonomy import TAXONOMY
from tests.functions.registration.world import (
    FIRST,
    OWNER_MEMBERS,
    PUBLIC_MEMBERS,
    World,
    listed,
    pointers,
    without_instance,
)


class TestRead:
    """`GET /v1/agents/{id}`, `GET /v1/agents` and the key."""

    async def test_an_owner_sees_the_owners_view_and_others_the_public_one(self, world: World) -> None:
        await world.registered()

        views = {account: (await world.call(account, "GET", f"/v1/agents/{FIRST}")) for account in ("anna", "bert", "")}

        assert views["anna"].json().keys() == OWNER_MEMBERS
        assert views["bert"].json().keys() == views[""].json().keys() == PUBLIC_MEMBERS
        assert views[""].json()["status"] == "pending"

    async def test_what_an_owner_wrote_is_shown_clean(self, world: World) -> None:
        hostile = "<b>Films</b> ![x](u) [y](javascript:alert(1))"
        await world.activated(name=hostile, description=f"{hostile} http://a.example")

        shown = [
            (await world.call("anna", "GET", f"/v1/agents/{FIRST}")).json(),
            (await world.call("", "GET", f"/v1/agents/{FIRST}")).json(),
            *(await world.call("", "GET", "/v1/agents")).json()["agents"],
        ]

        assert [(one["name"], one["description"]) for one in shown] == [("Films x y", "Films x y a.example")] * 3

    @pytest.mark.parametrize("account", ["bert", ""])
    async def test_another_owners_private_agent_is_not_found_just_as_a_missing_one(
        self, world: World, account: str
    ) -> None:
        await world.registered(public=False)

        private = await world.call(account, "GET", f"/v1/agents/{FIRST}")
        missing = await world.call(account, "GET", "/v1/agents/no-such-agent")

        assert private.status_code == missing.status_code == 404
        assert without_instance(private) == without_instance(missing)

    async def test_own_agents_are_listed_oldest_first_with_private_and_pending_ones(self, world: World) -> None:
        first = await world.registered(public=False)
        await world.registered("bert")
        last = await world.activated()

        reply = await world.call("anna:search", "GET", "/v1/agents?owner=me")

        assert listed(reply) == [first["id"], last["id"]]
        assert reply.json()["agents"][0].keys() == OWNER_MEMBERS

    async def test_own_agents_take_an_account(self, world: World) -> None:
        assert (await world.call("", "GET", "/v1/agents?owner=me")).status_code == 401

    async def test_the_catalogue_lists_active_public_agents_only(self, world: World) -> None:
        await world.activated(name="shown")
        await world.activated(public=False)
        await world.registered()
        suspended = await world.activated()
        for _ in range(20):
            await world.agents.record([CallOutcome(suspended["id"], 1.0, "tls")], world.clock())

        for account in ("", "anna", "bert"):
            reply = await world.call(account, "GET", "/v1/agents")
            assert [(agent["name"], agent.keys()) for agent in reply.json()["agents"]] == [("shown", PUBLIC_MEMBERS)]

    async def test_the_catalogue_is_narrowed_by_category_and_text(self, world: World) -> None:
        hotels = (await world.activated(name="Hotels of Graz", categories=["Hotel"]))["id"]
        cafes = (await world.activated(name="Cafes of Graz", categories=["Cafe"]))["id"]

        found = {
            query: listed(await world.call("", "GET", f"/v1/agents{query}"))
            for query in ("?category=Cafe", "?q=HOTELS", "?category=Cafe&q=hotels", "?q=graz&category=Hotel", "?q=")
        }

        assert found == {
            "?category=Cafe": [cafes],
            "?q=HOTELS": [hotels],
            "?category=Cafe&q=hotels": [],
            "?q=graz&category=Hotel": [hotels],
            "?q=": [cafes, hotels],
        }

    @pytest.mark.parametrize(
        ("query", "pointer"),
        [
            ("owner=bert", "/owner"), ("owner=", "/owner"), ("owner=me&owner=me", "/owner"), ("owner=me&q=x", "/q"),
            ("category=Nothing", "/category"), ("category=", "/category"), (f"q={'x' * 201}", "/q"),
        ],
    )  # fmt: skip
    async def test_a_query_outside_the_contract_is_refused(self, world: World, query: str, pointer: str) -> None:
        reply = await world.call("anna", "GET", f"/v1/agents?{query}")

        assert reply.status_code == 422
        assert pointers(reply) == [pointer]

    async def test_a_credential_that_is_not_valid_is_refused_where_guests_may_read(self, world: World) -> None:
        for path in ("/v1/agents", "/v1/categories", "/v1/agents/agent-1"):
            assert (await world.call("nobody", "GET", path)).status_code == 401

    async def test_the_public_key_can_be_saved_as_the_file_it_must_be(self, world: World) -> None:
        agent = await world.registered()

        reply = await world.call("anna", "GET", f"/v1/agents/{FIRST}/key.pem")

        assert reply.status_code == 200
        assert reply.text == agent["public_key"]
        assert reply.headers["content-type"].startswith("application/x-pem-file")
        assert reply.headers["content-disposition"] == 'attachment; filename="oqtopus_graz.pem"'

    async def test_the_categories_are_those_of_the_taxonomy(self, world: World) -> None:
        reply = await world.call("", "GET", "/v1/categories")

        assert reply.json() == {"categories": [{"name": k.name, "description": k.description} for k in TAXONOMY]}
