"""Logging in from a browser (S1, S2, S5)."""

import httpx

from oqtopus.security.credentials import CredentialKind, kind_of
from tests.functions.auth.steps import EMAIL, PASSWORD, register

ORIGIN = {"Sec-Fetch-Site": "same-origin"}


async def cookie_login(client: httpx.AsyncClient, **headers: str) -> httpx.Response:
    body = {"email": EMAIL, "password": PASSWORD, "cookie": True}
    return await client.post("/v1/sessions", json=body, headers=headers)


def cookie_of(response: httpx.Response) -> dict[str, str]:
    """The header of a browser that took the cookie."""
    name, _, value = response.headers["Set-Cookie"].partition(";")[0].partition("=")
    return {"Cookie": f"{name}={value}"}


async def test_the_secret_of_a_cookie_login_is_in_the_cookie_alone(client: httpx.AsyncClient) -> None:
    account = (await register(client)).json()

    response = await cookie_login(client)

    assert response.status_code == 201
    name, _, secret = response.headers["Set-Cookie"].partition(";")[0].partition("=")
    assert name == "__Host-oqtopus_session"
    assert kind_of(secret) is CredentialKind.SESSION
    assert secret not in response.text
    login = response.json()
    assert login == {
        "csrf_token": login["csrf_token"],
        "expires_at": "2026-04-13T15:09:26Z",
        "account": account,
    }


async def test_a_page_that_is_loaded_anew_learns_its_token(client: httpx.AsyncClient) -> None:
    await register(client)
    login = await cookie_login(client)
    client.cookies.clear()

    me = (await client.get("/v1/me", headers=cookie_of(login))).json()

    assert me["csrf_token"] == login.json()["csrf_token"]
    assert me["credential"] == {"kind": "session", "scope": "manage"}


async def test_a_logout_ends_the_session_and_clears_the_cookie(client: httpx.AsyncClient) -> None:
    await register(client)
    login = await cookie_login(client)
    client.cookies.clear()
    cookie, token = cookie_of(login), {"X-CSRF-Token": login.json()["csrf_token"]}

    assert (await client.delete("/v1/sessions/current", headers=cookie | ORIGIN)).status_code == 403
    assert (await client.get("/v1/me", headers=cookie)).status_code == 200
    response = await client.delete("/v1/sessions/current", headers=cookie | ORIGIN | token)

    assert response.status_code == 204
    assert "Max-Age=0" in response.headers["Set-Cookie"]
    assert (await client.get("/v1/me", headers=cookie)).status_code == 401


async def test_a_login_over_a_cookie_session_ends_that_session(client: httpx.AsyncClient) -> None:
    await register(client)
    old = cookie_of(await cookie_login(client))
    client.cookies.clear()

    new = cookie_of(await cookie_login(client, **old))
    client.cookies.clear()

    assert new != old
    assert (await client.get("/v1/me", headers=old)).status_code == 401
    assert (await client.get("/v1/me", headers=new)).status_code == 200


async def test_a_password_is_changed_from_our_own_pages_only(client: httpx.AsyncClient) -> None:
    await register(client)
    login = await cookie_login(client)
    client.cookies.clear()
    cookie, token = cookie_of(login), {"X-CSRF-Token": login.json()["csrf_token"]}
    body = {"current_password": PASSWORD, "new_password": "another horse battery"}

    foreign = await client.put("/v1/me/password", json=body, headers=cookie | token | {"Sec-Fetch-Site": "cross-site"})
    ours = await client.put("/v1/me/password", json=body, headers=cookie | token | ORIGIN)

    assert (foreign.status_code, ours.status_code) == (403, 204)
    assert "Max-Age=0" in ours.headers["Set-Cookie"]


async def test_a_bearer_session_gets_no_cookie_and_no_token_against_other_sites(client: httpx.AsyncClient) -> None:
    await register(client)

    login = await client.post("/v1/sessions", json={"email": EMAIL, "password": PASSWORD, "cookie": False})
    headers = {"Authorization": f"Bearer {login.json()['token']}"}

    assert "Set-Cookie" not in login.headers
    assert "csrf_token" not in (await client.get("/v1/me", headers=headers)).json()
    assert "Set-Cookie" not in (await client.delete("/v1/sessions/current", headers=headers)).headers
