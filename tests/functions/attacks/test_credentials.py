"""What is no credential: query strings, headers of identity, another's door, and two at once (S6, G2)."""

import base64
import json
from collections.abc import Mapping

import httpx
import pytest

from infra.gateway import Gateway, application_of
from infra.manifest import load_manifest
from oqtopus.domain.accounts import Scope
from tests.functions.attacks.scene import SITE, Scene, bearer

CLAIMS = base64.urlsafe_b64encode(json.dumps({"sub": "ada", "email": "ada@example.org"}).encode()).decode()
IDENTITIES: list[Mapping[str, str]] = [
    {"X-User-Id": "ada"},
    {"X-Apigateway-Api-Userinfo": CLAIMS},
    {"X-Endpoint-Api-Userinfo": CLAIMS},
    {"X-Goog-Authenticated-User-Id": "accounts.google.com:ada"},
    {"X-Goog-Authenticated-User-Email": "accounts.google.com:ada@example.org"},
    {"X-Goog-Iap-Jwt-Assertion": f"e30.{CLAIMS}.c2ln"},
    {"X-Serverless-Authorization": "Bearer ada"},
    {"Proxy-Authorization": "Bearer ada"},
    {"X-Forwarded-User": "ada"},
    {"X-Remote-User": "ada"},
    {"Remote-User": "ada"},
]


@pytest.mark.parametrize("is_behind_gateway", [False, True])
@pytest.mark.parametrize("identity", IDENTITIES, ids=lambda identity: next(iter(identity)))
async def test_s6_headers_of_identity_make_nobody_of_a_guest(
    identity: Mapping[str, str], is_behind_gateway: bool, scene: Scene
) -> None:
    await scene.account()
    scene.configure(is_behind_gateway=is_behind_gateway)

    assert (await scene.me(dict(identity))).status_code == 401


@pytest.mark.parametrize("identity", IDENTITIES, ids=lambda identity: next(iter(identity)))
async def test_s6_headers_of_identity_make_nobody_else_of_a_user(identity: Mapping[str, str], scene: Scene) -> None:
    await scene.account()
    eve = await scene.session(await scene.account("eve"))

    response = await scene.me(bearer(eve) | dict(identity))

    assert response.json()["account"]["id"] == "eve"


@pytest.mark.parametrize("name", ["access_token", "token", "authorization", "Authorization", "session", "key"])
async def test_s6_a_credential_in_the_query_string_is_none(name: str, scene: Scene) -> None:
    secret = await scene.session(await scene.account())

    for value in (secret, f"Bearer {secret}"):
        response = await scene.send("auth", "GET", "/v1/me", params={name: value})
        assert response.status_code == 401


async def test_s6_two_bearers_are_none(scene: Scene) -> None:
    secret = await scene.session(await scene.account())
    twice = [*bearer(secret).items()] * 2

    assert (await scene.me(twice)).status_code == 401
    assert (await scene.search(twice)).status_code == 401
    assert (await scene.me({"Authorization": f"Bearer {secret}, Bearer {secret}"})).status_code == 401


async def test_s6_a_bearer_goes_before_the_cookie_even_when_it_is_bad(scene: Scene) -> None:
    ada, eve = await scene.session(await scene.account()), await scene.session(await scene.account("eve"))

    both = await scene.me(bearer(eve) | scene.cookie(ada))
    bad = await scene.me(bearer("x") | scene.cookie(ada))

    assert both.json()["account"]["id"] == "eve"
    assert bad.status_code == 401


async def test_g2_outside_the_gateway_a_forwarded_credential_is_none(scene: Scene) -> None:
    ada, eve = await scene.session(await scene.account()), await scene.session(await scene.account("eve"))
    forwarded = {"X-Forwarded-Authorization": f"Bearer {ada}"}

    assert (await scene.me(forwarded)).status_code == 401
    assert (await scene.me(bearer(eve) | forwarded)).json()["account"]["id"] == "eve"


async def test_g2_behind_the_gateway_only_the_forwarded_credential_counts(scene: Scene) -> None:
    scene.configure(is_behind_gateway=True)
    ada, eve = await scene.session(await scene.account()), await scene.session(await scene.account("eve"))
    forwarded = [("X-Forwarded-Authorization", f"Bearer {ada}")]

    assert (await scene.me([*bearer(eve).items(), *forwarded])).json()["account"]["id"] == "ada"
    assert (await scene.me(bearer(eve))).status_code == 401
    assert (await scene.me(bearer("the gateway's own") | scene.cookie(ada))).json()["account"]["id"] == "ada"
    assert (await scene.me(forwarded * 2)).status_code == 401
    assert (await scene.search([("X-Forwarded-Authorization", "Bearer x")])).status_code == 401


async def test_g2_a_client_cannot_speak_for_the_gateway(scene: Scene) -> None:
    scene.configure(is_behind_gateway=True)
    ada, eve = await scene.token(await scene.account()), await scene.session(await scene.account("eve"))
    manifest = load_manifest()
    gateway = Gateway(manifest, {function.name: application_of(function) for function in manifest.functions})

    async with httpx.AsyncClient(transport=httpx.ASGITransport(gateway), base_url=SITE) as http:
        forged = {"X-Forwarded-Authorization": f"Bearer {ada}"}
        alone = await http.get("/v1/me", headers=forged)
        beside = await http.get("/v1/me", headers=bearer(eve) | forged)

    assert alone.status_code == 401
    assert beside.json()["account"]["id"] == "eve"


async def test_s8_a_token_for_searches_manages_nothing(scene: Scene) -> None:
    account_id = await scene.account()
    narrow, wide = await scene.token(account_id), await scene.token(account_id, "t2", Scope.MANAGE)

    for method, path in [("DELETE", "/v1/tokens/t2"), ("GET", "/v1/tokens"), ("DELETE", "/v1/sessions/current")]:
        assert (await scene.send("auth", method, path, bearer(narrow))).status_code == 403
    for secret in (narrow, wide):
        made = await scene.send("auth", "POST", "/v1/tokens", bearer(secret), json={"name": "a", "scope": "manage"})
        assert made.status_code == 403, "a leaked token must not outlive its revocation"
    assert (await scene.me(bearer(wide))).status_code == 200


async def test_s9_anothers_token_is_as_missing_as_none(scene: Scene) -> None:
    mine = await scene.token(await scene.account(), "ada-token")
    eve = await scene.session(await scene.account("eve"))
    headers = bearer(eve) | {"X-Request-Id": "the-same-request"}

    anothers = await scene.send("auth", "DELETE", "/v1/tokens/ada-token", headers)
    missing = await scene.send("auth", "DELETE", "/v1/tokens/no-such-token", headers)

    assert anothers.status_code == 404
    assert (anothers.content, anothers.headers) == (missing.content, missing.headers)
    assert (await scene.me(bearer(mine))).status_code == 200
    listed = await scene.send("auth", "GET", "/v1/tokens", bearer(eve))
    assert listed.json() == {"tokens": []}
