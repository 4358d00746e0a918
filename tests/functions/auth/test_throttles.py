"""How often something may be tried, by whom, whatever a client says of itself (A4, A6, L2, L3)."""

import asyncio
import logging
import re
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from oqtopus.bootstrap import Services, using
from oqtopus.observability import JsonLines
from oqtopus.security.passwords import PasswordHasher
from tests.conftest import ClientOf, client_of_function
from tests.fakes.clock import FakeClock
from tests.fakes.counting_argon2 import CountingArgon2
from tests.fakes.post import Post
from tests.functions.auth.steps import EMAIL, NEW_PASSWORD, SAME_REQUEST, ask_for_reset, log_in, register, reset

WINDOW = timedelta(minutes=5)


@pytest.fixture
def clock() -> FakeClock:
    """At the beginning of a window of any length below a day."""
    clock = FakeClock()
    clock.now = clock.now.replace(hour=12, minute=0, second=0)
    return clock


async def fail(client: httpx.AsyncClient, times: int, email: str = EMAIL) -> list[int]:
    return [(await log_in(client, email, f"wrong password {number}")).status_code for number in range(times)]


def from_network(address: str) -> httpx.AsyncClient:
    """The same application for a client somewhere else."""
    there = client_of_function("auth")
    assert isinstance(there._transport, httpx.ASGITransport)
    there._transport.client = (address, 50_000)
    return there


async def test_the_eleventh_try_at_an_account_is_refused_unhashed_even_with_the_right_password(
    client: httpx.AsyncClient, engine: CountingArgon2, clock: FakeClock
) -> None:
    await register(client)
    assert await fail(client, 10) == [401] * 10
    engine.worked.clear()
    clock.advance(timedelta(minutes=1))

    response = await log_in(from_network("198.51.100.1"))

    assert response.status_code == 429
    assert response.json()["type"] == "urn:oqtopus:problem:too-many-requests"
    assert response.headers["Retry-After"] == "240"
    assert engine.worked == []
    clock.advance(WINDOW)
    assert (await log_in(client)).status_code == 201


async def test_unknown_addresses_are_refused_alike(client: httpx.AsyncClient) -> None:
    await register(client)
    far = [from_network(f"198.51.100.{number}") for number in range(4)]

    replies = []
    for here, there, email in ((far[0], far[1], EMAIL), (far[2], far[3], "nobody@example.org")):
        await fail(here, 10, email)
        body = {"email": email, "password": "wrong password"}
        replies.append(await there.post("/v1/sessions", json=body, headers=SAME_REQUEST))

    known, unknown = replies
    assert known.status_code == unknown.status_code == 429
    assert (known.content, known.headers) == (unknown.content, unknown.headers)


async def test_an_account_is_one_however_its_address_is_spelt(client: httpx.AsyncClient) -> None:
    await register(client)

    assert await fail(client, 5, EMAIL) + await fail(client, 5, EMAIL.upper()) == [401] * 10

    assert (await log_in(from_network("198.51.100.1"))).status_code == 429


async def test_a_network_that_guesses_at_many_accounts_is_refused(client: httpx.AsyncClient) -> None:
    await register(client)
    for number in range(10):
        assert await fail(client, 1, f"guess{number}@example.org") == [401]

    assert (await log_in(client)).status_code == 429
    assert (await log_in(from_network("198.51.100.1"))).status_code == 201


async def test_headers_of_a_client_give_no_new_tries(client: httpx.AsyncClient) -> None:
    await register(client)
    for number in range(10):
        assert await fail(client, 1, f"guess{number}@example.org") == [401]
    forged = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP", "X-Client-IP")

    for number, header in enumerate(forged):
        body = {"email": f"other{number}@example.org", "password": "wrong password"}
        headers = {header: f"198.51.100.{number}", "User-Agent": f"{number}", "Cookie": f"a={number}"}
        assert (await client.post("/v1/sessions", json=body, headers=headers)).status_code == 429


async def test_good_logins_do_not_count(client: httpx.AsyncClient) -> None:
    await register(client)

    statuses = [(await log_in(client)).status_code for _ in range(12)]

    assert statuses == [201] * 12


async def test_a_good_login_does_not_clear_the_bad_ones(client: httpx.AsyncClient) -> None:
    await register(client)

    assert await fail(client, 9) == [401] * 9
    assert (await log_in(client)).status_code == 201
    assert await fail(client, 1) == [401]
    assert (await log_in(client)).status_code == 429


async def test_of_many_tries_at_once_ten_are_judged(client: httpx.AsyncClient, engine: CountingArgon2) -> None:
    await register(client)
    engine.worked.clear()

    statuses = await asyncio.gather(*(fail(client, 1) for _ in range(30)))

    assert sorted(status for [status] in statuses) == [401] * 10 + [429] * 20
    assert len(engine.worked) == 10


async def test_the_reset_path_works_while_logins_are_refused(client: httpx.AsyncClient, post: Post) -> None:
    await register(client)
    await fail(client, 11)
    await post.mails()

    assert (await ask_for_reset(client)).status_code == 202
    assert (await reset(client, await post.secret())).status_code == 204


@pytest.fixture
def other_instance(services: Services, clock: FakeClock, engine: CountingArgon2) -> Iterator[Services]:
    """Another instance of the function, on the same file."""
    other = Services(services.settings)
    other.clock, other.passwords = clock, PasswordHasher(engine)
    yield other
    other.close()


async def test_instances_share_the_counters(client: httpx.AsyncClient, other_instance: Services) -> None:
    await register(client)
    assert await fail(client, 6) == [401] * 6

    with using(other_instance):
        assert await fail(client, 5) == [401] * 4 + [429]

    assert (await log_in(client)).status_code == 429


async def test_a_network_registers_twenty_accounts_an_hour(client: httpx.AsyncClient, engine: CountingArgon2) -> None:
    statuses = [(await register(client, email=f"a{number}@example.org")).status_code for number in range(20)]
    engine.worked.clear()

    refused = await register(client, email="one.more@example.org")

    assert statuses == [201] * 20
    assert refused.status_code == 429
    assert engine.worked == []
    assert (await register(from_network("198.51.100.1"), email="b@example.org")).status_code == 201


async def test_a_network_asks_for_twenty_resets_an_hour(client: httpx.AsyncClient, post: Post) -> None:
    statuses = [(await ask_for_reset(client, f"a{number}@example.org")).status_code for number in range(21)]

    assert statuses == [202] * 20 + [429]


async def test_a_refusal_is_logged_and_kept_under_keyed_names(
    client: httpx.AsyncClient, services: Services, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    await fail(client, 10)
    await log_in(client)
    await log_in(from_network("198.51.100.1"))

    entries = await services.audit.recent(10, clock())
    assert {(entry.at, entry.event) for entry in entries} == {(clock(), "login_limited")}
    assert {entry.detail for entry in entries} == {"login-network", "login-account"}
    assert all(re.fullmatch("[0-9a-f]{32}", entry.subject) for entry in entries)
    assert caplog.messages.count("login_limited") == 2
    lines = [JsonLines().format(record) for record in caplog.records if record.name.startswith("oqtopus")]
    assert not [line for line in lines if EMAIL in line or "203.0.113.7" in line]


async def test_no_event_and_no_line_of_the_log_holds_a_secret_or_an_address(
    client: httpx.AsyncClient, client_of: ClientOf, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await register(client)
    verification = await post.secret()
    await client.post(f"/v1/email-verifications/{verification}")
    await ask_for_reset(client)
    link = await post.secret()
    await reset(client, link)
    await reset(client, link)
    login = (await log_in(client, password=NEW_PASSWORD)).json()
    await post.mails()
    await fail(client, 12)

    secrets = [verification, link, login["token"], NEW_PASSWORD, EMAIL, "203.0.113.7"]
    lines = [JsonLines().format(record) for record in caplog.records if record.name.startswith("oqtopus")]
    events = [message.model_dump_json() for message in post.published]

    assert {"address_verified", "password_reset", "login_ok", "mail_sent", "login_limited"} <= set(caplog.messages)
    assert len(events) == 3
    for secret in secrets:
        assert not [text for text in lines + events if secret in text]
