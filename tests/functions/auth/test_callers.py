"""Who is asking, and what is left of their day (Q4, Q5, S4, S6)."""

import httpx
import pytest

from oqtopus.bootstrap import Services
from oqtopus.security.credentials import CredentialKind, new_secret
from tests.fakes.clock import FakeClock
from tests.functions.auth.steps import register, session_of, token_of


async def test_a_quota_is_one_for_all_credentials_of_an_account(
    client: httpx.AsyncClient, services: Services, clock: FakeClock
) -> None:
    session = await session_of(client)
    token = await token_of(client, session)
    account_id = (await client.get("/v1/me", headers=session)).json()["account"]["id"]
    await services.quotas.charge(f"account:{account_id}", "request 1", clock.now.date(), 5)

    replies = [(await client.get("/v1/me/quota", headers=headers)).json() for headers in (session, token)]

    assert replies == [{"remaining": 4, "max": 5, "resets_at": "2026-03-15T00:00:00Z"}] * 2


async def test_a_guest_has_a_quota_too(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/me/quota")

    assert response.status_code == 200
    assert response.json() == {"remaining": 1, "max": 1, "resets_at": "2026-03-15T00:00:00Z"}


async def test_asking_for_the_quota_costs_nothing(client: httpx.AsyncClient) -> None:
    first = await client.get("/v1/me/quota")

    assert (await client.get("/v1/me/quota")).json() == first.json()


@pytest.mark.parametrize(
    "authorization",
    ["Bearer", "Bearer ", "Bearer x", f"Bearer {new_secret(CredentialKind.TOKEN)}", "Basic YWRhOng=", "x", ""],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/me"), ("GET", "/v1/me/quota"), ("GET", "/v1/tokens"), ("DELETE", "/v1/tokens/t1")],
)
async def test_a_bad_credential_is_401_and_never_a_guest(
    method: str, path: str, authorization: str, client: httpx.AsyncClient
) -> None:
    response = await client.request(method, path, headers={"Authorization": authorization})

    assert response.status_code == 401
    assert "WWW-Authenticate" in response.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"X-User-Id": "ada"},
        {"X-Apigateway-Api-Userinfo": "eyJzdWIiOiJhZGEifQ"},
        {"X-Goog-Authenticated-User-Email": "accounts.google.com:ada@example.org"},
        {"X-Forwarded-Authorization": "Bearer x"},
    ],
)
async def test_identity_headers_of_a_client_are_ignored(headers: dict[str, str], client: httpx.AsyncClient) -> None:
    await register(client)

    assert (await client.get("/v1/me", headers=headers)).status_code == 401


async def test_a_credential_in_the_query_string_is_ignored(client: httpx.AsyncClient) -> None:
    session = await session_of(client)
    secret = session["Authorization"].removeprefix("Bearer ")

    response = await client.get("/v1/me", params={"access_token": secret, "token": secret})

    assert response.status_code == 401


async def test_forwarded_addresses_give_a_guest_no_new_quota(client: httpx.AsyncClient, services: Services) -> None:
    spoofed = {"X-Forwarded-For": "198.51.100.1"}
    honest = await services.authenticator.caller(None, "203.0.113.7")
    await services.quotas.charge(f"guest:{honest.guest_key}", "request 1", services.clock().date(), 1)

    assert (await client.get("/v1/me/quota", headers=spoofed)).json()["remaining"] == 0
