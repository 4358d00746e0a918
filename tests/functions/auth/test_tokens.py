"""API tokens: shown once, scoped, limited, revoked at once (S7, S8, S9)."""

from datetime import timedelta

import httpx
import pytest

from oqtopus.security.credentials import CredentialKind, kind_of
from tests.fakes.clock import FakeClock
from tests.functions.auth.steps import bearer, log_in, pointers, session_of, token_of


async def test_a_token_is_shown_once_and_listed_by_its_hint(client: httpx.AsyncClient) -> None:
    session = await session_of(client)

    response = await client.post("/v1/tokens", json={"name": "laptop"}, headers=session)

    assert response.status_code == 201
    made = response.json()
    secret = made.pop("token")
    assert kind_of(secret) is CredentialKind.TOKEN
    assert made == {
        "id": made["id"],
        "name": "laptop",
        "hint": secret[:10],
        "scope": "search",
        "created_at": "2026-03-14T15:09:26Z",
        "expires_at": "2026-06-12T15:09:26Z",
    }
    listed = await client.get("/v1/tokens", headers=session)
    assert listed.json() == {"tokens": [made]}


@pytest.mark.parametrize("scope", ["search", "manage"])
async def test_a_token_acts_for_its_account_within_its_scope(scope: str, client: httpx.AsyncClient) -> None:
    session = await session_of(client)
    token = await token_of(client, session, scope=scope)

    me = await client.get("/v1/me", headers=token)
    listing = await client.get("/v1/tokens", headers=token)

    assert me.json()["credential"] == {"kind": "token", "scope": scope}
    assert listing.status_code == (200 if scope == "manage" else 403)


@pytest.mark.parametrize("scope", ["search", "manage"])
async def test_a_token_makes_no_tokens(scope: str, client: httpx.AsyncClient) -> None:
    token = await token_of(client, await session_of(client), scope=scope)

    response = await client.post("/v1/tokens", json={"name": "second"}, headers=token)

    assert response.status_code == 403


async def test_a_revoked_token_is_refused_at_once(client: httpx.AsyncClient) -> None:
    session = await session_of(client)
    token = await token_of(client, session)
    (listed,) = (await client.get("/v1/tokens", headers=session)).json()["tokens"]

    response = await client.delete(f"/v1/tokens/{listed['id']}", headers=session)

    assert (response.status_code, response.content) == (204, b"")
    assert (await client.get("/v1/me", headers=token)).status_code == 401
    assert (await client.get("/v1/me/quota", headers=token)).status_code == 401
    assert (await client.delete(f"/v1/tokens/{listed['id']}", headers=session)).status_code == 404


async def test_a_search_token_cannot_revoke(client: httpx.AsyncClient) -> None:
    session = await session_of(client)
    token = await token_of(client, session)
    (listed,) = (await client.get("/v1/tokens", headers=session)).json()["tokens"]

    assert (await client.delete(f"/v1/tokens/{listed['id']}", headers=token)).status_code == 403
    assert (await client.get("/v1/me", headers=token)).status_code == 200


async def test_anothers_token_is_the_same_404_as_a_missing_one(client: httpx.AsyncClient) -> None:
    session, other = await session_of(client), await session_of(client, "bob@example.org")
    token = await token_of(client, session)
    (listed,) = (await client.get("/v1/tokens", headers=session)).json()["tokens"]
    same = other | {"X-Request-Id": "same-request"}

    anothers = await client.delete(f"/v1/tokens/{listed['id']}", headers=same)
    missing = await client.delete("/v1/tokens/missing", headers=same)

    assert anothers.status_code == missing.status_code == 404
    assert anothers.content == missing.content
    assert (await client.get("/v1/tokens", headers=other)).json() == {"tokens": []}
    assert (await client.get("/v1/me", headers=token)).status_code == 200


@pytest.mark.parametrize("segment", ["a.b", "%00", "a%2Fb", "x" * 65, "%F0%9F%90%99", "a%0A", "x" * 2_000])
async def test_a_malformed_token_id_is_not_found(segment: str, client: httpx.AsyncClient) -> None:
    session = await session_of(client)

    assert (await client.delete(f"/v1/tokens/{segment}", headers=session)).status_code == 404


async def test_an_eleventh_live_token_is_a_conflict(client: httpx.AsyncClient, clock: FakeClock) -> None:
    session = await session_of(client)
    statuses = []

    for number in range(11):
        body = {"name": f"token {number}", "expires_in_days": 1 if number == 0 else 90}
        statuses.append((await client.post("/v1/tokens", json=body, headers=session)).status_code)
    assert statuses == [201] * 10 + [409]

    clock.advance(timedelta(days=1))
    later = bearer((await log_in(client)).json()["token"])
    assert (await client.post("/v1/tokens", json={"name": "in its place"}, headers=later)).status_code == 201
    assert len((await client.get("/v1/tokens", headers=later)).json()["tokens"]) == 10


async def test_an_expired_token_is_refused_and_no_longer_listed(client: httpx.AsyncClient, clock: FakeClock) -> None:
    token = await token_of(client, await session_of(client), expires_in_days=1)

    clock.advance(timedelta(days=1))

    assert (await client.get("/v1/me", headers=token)).status_code == 401
    later = bearer((await log_in(client)).json()["token"])
    assert (await client.get("/v1/tokens", headers=later)).json() == {"tokens": []}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "\u200b"),
        ("name", "x" * 201),
        ("name", "two\nlines"),
        ("name", 7),
        ("scope", "admin"),
        ("scope", None),
        ("expires_in_days", 0),
        ("expires_in_days", 366),
        ("expires_in_days", 10**30),
        ("expires_in_days", "90"),
        ("expires_in_days", 1.5),
        ("expires_in_days", True),
        ("account_id", "bob"),
    ],
)
async def test_a_token_outside_the_contract_is_refused(field: str, value: object, client: httpx.AsyncClient) -> None:
    session = await session_of(client)

    response = await client.post("/v1/tokens", json={"name": "laptop"} | {field: value}, headers=session)

    assert response.status_code == 422
    assert pointers(response) == [f"/{field}"]
