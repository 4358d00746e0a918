"""The table of URLs at the doors of registration: a new agent and a changed one meet the verdict of every later call.

Nothing is looked up here (U9), so a name that is inside by its addresses alone stays pending: its probe refuses it.
"""

from collections.abc import Sequence
from dataclasses import replace

import httpx
import pytest

from oqtopus.bootstrap import Services
from oqtopus.config import Throttles
from oqtopus.security.egress import refused
from tests.agent_urls.rows import Row
from tests.agent_urls.table import GROUPS
from tests.fakes.sockets import no_network
from tests.functions.registration.world import FIRST, NEW_AGENT, World


@pytest.fixture(autouse=True)
def unthrottled(services: Services) -> None:
    throttles = Throttles()
    throttle = replace(throttles.agents_account, limit=1_000_000)
    services.settings = replace(services.settings, throttles=replace(throttles, agents_account=throttle))


async def wrongly_judged(world: World, rows: Sequence[Row], method: str, path: str, good: int) -> dict[str, object]:
    """The rows of which the door does not say what the table says, with what it does say."""
    members = NEW_AGENT if method == "POST" else {}
    wrong: dict[str, object] = {}
    for row in {row.url: row for row in rows}.values():
        reply = await world.call("anna", method, path, {**members, "url": row.url})
        if told(reply) != expected(row, good):
            wrong[row.name] = told(reply)
    return wrong


def told(reply: httpx.Response) -> object:
    document = reply.json()
    if reply.is_success:
        return reply.status_code, document["url"], document["status"]
    return reply.status_code, document.get("errors")


def expected(row: Row, good: int) -> object:
    if row.rule in (None, "address"):
        return good, row.kept, "pending"
    return 422, [{"pointer": "/url", "detail": refused(row.rule).detail}]


@pytest.mark.parametrize("host", ["oqtopus.example.org", "API.Example.NET", "xn--wrfel-kva.example.com"])
async def test_where_people_reach_us_is_no_agents_place(world: World, services: Services, host: str) -> None:
    own = frozenset({"api.example.net.", "würfel.example.com"})
    services.settings = replace(services.settings, public_url="https://oqtopus.example.org", public_hosts=own)

    reply = await world.call("anna", "POST", "/v1/agents", {**NEW_AGENT, "url": f"https://{host}"})

    assert told(reply) == (422, [{"pointer": "/url", "detail": refused("reserved_name").detail}])


@pytest.mark.parametrize("group", GROUPS)
async def test_a_new_agent_is_judged_as_the_table_says(world: World, services: Services, group: str) -> None:
    services.addresses, rows = GROUPS[group]

    with no_network() as log:
        wrong = await wrongly_judged(world, rows, "POST", "/v1/agents", 201)

    assert wrong == {}
    assert (log.connects, log.look_ups) == ([], [])


@pytest.mark.parametrize("group", GROUPS)
async def test_a_changed_agent_is_judged_as_a_new_one_is(world: World, services: Services, group: str) -> None:
    services.addresses, rows = GROUPS[group]
    await world.activated(url="https://before.example.org")

    with no_network() as log:
        wrong = await wrongly_judged(world, rows, "PATCH", f"/v1/agents/{FIRST}", 200)

    assert wrong == {}
    assert (log.connects, log.look_ups) == ([], [])
