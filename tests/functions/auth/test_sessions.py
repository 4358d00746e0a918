"""Login and logout (A1, A3, S1, S3)."""

from datetime import timedelta

import httpx
import pytest

from oqtopus.bootstrap import Services
from oqtopus.security.credentials import CredentialKind, kind_of, new_secret
from oqtopus.security.passwords import PasswordHasher, argon2id
from tests.fakes.clock import FakeClock
from tests.fakes.counting_argon2 import CountingArgon2
from tests.functions.auth.steps import EMAIL, PASSWORD, bearer, log_in, register, session_of, token_of


async def test_a_login_gives_a_session_of_thirty_days(client: httpx.AsyncClient) -> None:
    account = (await register(client)).json()

    response = await log_in(client, email="ADA@example.org")

    assert response.status_code == 201
    login = response.json()
    assert kind_of(login["token"]) is CredentialKind.SESSION
    assert login == {
        "token": login["token"],
        "token_type": "Bearer",
        "expires_at": "2026-04-13T15:09:26Z",
        "account": account,
    }
    me = await client.get("/v1/me", headers=bearer(login["token"]))
    assert me.json() == {"account": account, "credential": {"kind": "session", "scope": "manage"}}


async def test_an_unknown_address_and_a_wrong_password_differ_in_nothing(
    client: httpx.AsyncClient, engine: CountingArgon2
) -> None:
    await register(client)
    id_header = {"X-Request-Id": "same-request"}
    replies, work = [], []

    for email in (EMAIL, "nobody@example.org"):
        engine.worked.clear()
        body = {"email": email, "password": "wrong password"}
        replies.append(await client.post("/v1/sessions", json=body, headers=id_header))
        work.append(list(engine.worked))

    known, unknown = replies
    assert known.status_code == unknown.status_code == 401
    assert known.content == unknown.content
    assert known.headers == unknown.headers
    assert len(work[0]) == 1
    assert work[0] == work[1]


async def test_a_login_renews_a_hash_of_weaker_parameters(client: httpx.AsyncClient, services: Services) -> None:
    await register(client)
    services.passwords = PasswordHasher(argon2id(memory_kib=16, rounds=1))

    assert (await log_in(client, password="wrong password")).status_code == 401
    old = await services.accounts.account_with_email(EMAIL)
    assert (await log_in(client)).status_code == 201
    new = await services.accounts.account_with_email(EMAIL)

    assert old and "m=8," in old.password_hash
    assert new and "m=16," in new.password_hash
    assert (await log_in(client)).status_code == 201


async def test_a_callers_own_session_id_is_never_adopted(client: httpx.AsyncClient) -> None:
    await register(client)
    planted = new_secret(CredentialKind.SESSION)
    body = {"email": EMAIL, "password": PASSWORD}

    login = await client.post("/v1/sessions", json=body, headers=bearer(planted) | {"Cookie": f"session={planted}"})
    as_field = await client.post("/v1/sessions", json=body | {"token": planted})

    assert login.json()["token"] != planted
    assert (await client.get("/v1/me", headers=bearer(planted))).status_code == 401
    assert as_field.status_code == 422


async def test_a_login_over_a_session_ends_that_session(client: httpx.AsyncClient) -> None:
    old = await session_of(client)
    body = {"email": EMAIL, "password": PASSWORD}

    failed = await client.post("/v1/sessions", json=body | {"password": "wrong password"}, headers=old)
    assert failed.status_code == 401
    assert (await client.get("/v1/me", headers=old)).status_code == 200

    new = bearer((await client.post("/v1/sessions", json=body, headers=old)).json()["token"])
    assert (await client.get("/v1/me", headers=old)).status_code == 401
    assert (await client.get("/v1/me", headers=new)).status_code == 200


async def test_a_logout_ends_this_session_and_no_other(client: httpx.AsyncClient) -> None:
    first = await session_of(client)
    second = bearer((await log_in(client)).json()["token"])

    response = await client.delete("/v1/sessions/current", headers=first)

    assert (response.status_code, response.content) == (204, b"")
    assert (await client.get("/v1/me", headers=first)).status_code == 401
    assert (await client.delete("/v1/sessions/current", headers=first)).status_code == 401
    assert (await client.get("/v1/me", headers=second)).status_code == 200


async def test_only_a_session_can_log_out(client: httpx.AsyncClient) -> None:
    token = await token_of(client, await session_of(client), scope="manage")

    assert (await client.delete("/v1/sessions/current")).status_code == 401
    assert (await client.delete("/v1/sessions/current", headers=token)).status_code == 403
    assert (await client.get("/v1/me", headers=token)).status_code == 200


@pytest.mark.parametrize("idle", [timedelta(hours=24), timedelta(days=31)])
async def test_an_idle_session_is_refused(idle: timedelta, client: httpx.AsyncClient, clock: FakeClock) -> None:
    session = await session_of(client)

    clock.advance(idle)

    response = await client.get("/v1/me", headers=session)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
