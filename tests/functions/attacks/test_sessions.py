"""Sessions that are planted, kept or guessed (S1 to S4)."""

from datetime import timedelta

import pytest

from oqtopus.domain.accounts import AccountId, TokenId
from oqtopus.security.credentials import CredentialKind, new_secret
from oqtopus.wire.cookies import session_cookie
from tests.functions.attacks.scene import PASSWORD, Headers, Scene, bearer

LOGIN = {"email": "ada@example.org", "password": PASSWORD}


async def log_in(scene: Scene, headers: Headers) -> str:
    """The secret of the session that a login with these headers opens."""
    response = await scene.send("auth", "POST", "/v1/sessions", headers, json=LOGIN)
    assert response.status_code == 201, response.text
    return str(response.json()["token"])


async def test_s1_a_presented_session_id_is_never_adopted(scene: Scene) -> None:
    await scene.account()

    planted = new_secret(CredentialKind.SESSION)

    opened = {await log_in(scene, headers) for headers in (bearer(planted), scene.cookie(planted), {})}

    assert len(opened) == 3
    assert planted not in opened
    assert (await scene.me(bearer(planted))).status_code == 401
    assert (await scene.me(scene.cookie(planted))).status_code == 401


async def test_s1_the_old_session_is_dead_after_a_new_login(scene: Scene) -> None:
    old = await scene.session(await scene.account())

    new = await log_in(scene, bearer(old))

    assert (await scene.me(bearer(old))).status_code == 401
    assert (await scene.me(scene.cookie(old))).status_code == 401
    assert (await scene.me(scene.cookie(new))).status_code == 200


async def test_s1_the_browsers_old_session_is_dead_after_a_new_login(scene: Scene) -> None:
    old = await scene.session(await scene.account())

    await log_in(scene, scene.page(old))

    assert (await scene.me(scene.cookie(old))).status_code == 401


@pytest.mark.parametrize("carrier", ["cookie", "bearer"])
async def test_s3_a_logout_kills_the_session_on_the_server(carrier: str, scene: Scene) -> None:
    secret = await scene.session(await scene.account())
    headers = scene.page(secret) if carrier == "cookie" else bearer(secret)

    response = await scene.send("auth", "DELETE", "/v1/sessions/current", headers)

    assert response.status_code == 204
    for kept in (scene.page(secret), bearer(secret)):
        assert (await scene.me(kept)).status_code == 401
        assert (await scene.search(kept)).status_code == 401


async def test_s4_a_bad_credential_on_search_is_401_and_never_a_guest(scene: Scene) -> None:
    account_id = await scene.account()
    expired_session, expired_token = await scene.session(account_id), await scene.token(account_id, "old")
    scene.clock.advance(timedelta(days=91))
    revoked = await scene.token(account_id, "revoked")
    await scene.services.sessions.remove_token(account_id, TokenId("revoked"))
    orphan = await scene.session(AccountId("ada"))
    unknown = [new_secret(kind) for kind in CredentialKind]
    page = scene.page(orphan)
    bad = [bearer(secret) for secret in (expired_session, expired_token, revoked, *unknown, "x", "null", "")]
    bad += [{"Authorization": value} for value in ("Basic YWRhOng=", "", "Bearer", f"Token {orphan}", orphan)]
    bad += [page | scene.cookie(secret) for secret in (expired_session, expired_token, *unknown, "x", "")]

    for headers in bad:
        response = await scene.search(headers)

        assert response.status_code == 401, headers
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
        assert response.headers["Content-Type"] == "application/problem+json"
    assert not scene.caller.asked
    assert (await scene.search()).status_code == 200, "the guest's own search was not used up"


async def test_s2_an_api_token_in_the_cookie_is_no_session(scene: Scene) -> None:
    token = await scene.token(await scene.account())

    assert (await scene.me(scene.cookie(token))).status_code == 401
    assert (await scene.me(bearer(token))).status_code == 200


async def test_s2_a_cookie_that_a_neighbouring_host_can_set_is_none(scene: Scene) -> None:
    secret = await scene.session(await scene.account())

    for name in ("oqtopus_session", "__Secure-oqtopus_session", "__host-oqtopus_session", "session"):
        assert (await scene.me({"Cookie": f"{name}={secret}"})).status_code == 401


async def test_s2_several_cookies_of_the_name_are_none(scene: Scene) -> None:
    mine = scene.cookie(await scene.session(await scene.account()))["Cookie"]
    planted = scene.cookie(await scene.session(await scene.account("eve")))["Cookie"]

    for headers in (
        [("Cookie", f"{mine}; {planted}")],
        [("Cookie", mine), ("Cookie", planted)],
        [("Cookie", f"{mine};{mine}")],
    ):
        assert (await scene.me(headers)).status_code == 401


async def test_s2_the_cookie_is_found_among_others(scene: Scene) -> None:
    secret = await scene.session(await scene.account())
    pair = scene.cookie(secret)["Cookie"]

    assert (await scene.me({"Cookie": f"theme=dark; {pair}; a=b=c;; d"})).status_code == 200


async def test_s2_the_cookie_is_for_this_host_over_https_and_not_for_scripts(scene: Scene) -> None:
    cookie = session_cookie("secret", scene.services.settings)

    name, *attributes = cookie.split("; ")
    assert name == "__Host-oqtopus_session=secret"
    assert set(attributes) == {"Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"}
