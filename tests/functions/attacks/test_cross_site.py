"""Another site's page has a browser send its cookie along, and must get nothing done by that (S5)."""

import httpx
import pytest

from oqtopus.security.credentials import digest
from oqtopus.security.csrf import csrf_token
from tests.fakes.agents import agent
from tests.functions.attacks.scene import QUESTION, SITE, WRITES, Headers, Scene, Write, bearer, without

EVIL = "https://evil.example"


async def browser(scene: Scene) -> str:
    """The secret in the cookie of a person who owns an agent and a token."""
    account_id = await scene.account()
    await scene.token(account_id)
    await scene.agent(agent("films", owner_id=account_id))
    return await scene.session(account_id)


def assert_forbidden(response: httpx.Response) -> None:
    assert response.status_code == 403, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["type"] == "urn:oqtopus:problem:forbidden"


async def assert_nothing_happened(scene: Scene, secret: str) -> None:
    assert (await scene.me(scene.cookie(secret))).status_code == 200
    tokens = await scene.send("auth", "GET", "/v1/tokens", scene.cookie(secret))
    assert [token["id"] for token in tokens.json()["tokens"]] == ["t1"]
    agents = await scene.send("registration", "GET", "/v1/agents?owner=me", scene.cookie(secret))
    assert [member["name"] for member in agents.json()["agents"]] == ["films"]
    quota = await scene.send("auth", "GET", "/v1/me/quota", scene.cookie(secret))
    assert quota.json()["remaining"] == quota.json()["max"]
    assert not scene.caller.asked


@pytest.mark.parametrize("write", WRITES, ids=str)
async def test_s5_a_cookie_without_the_sessions_token_changes_nothing(write: Write, scene: Scene) -> None:
    secret = await browser(scene)

    response = await scene.write(write, without(scene.page(secret), "X-CSRF-Token"))

    assert_forbidden(response)
    await assert_nothing_happened(scene, secret)


@pytest.mark.parametrize("write", WRITES, ids=str)
@pytest.mark.parametrize(
    "provenance",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": SITE},
        {"Sec-Fetch-Site": "same-site", "Origin": SITE},
        {"Sec-Fetch-Site": "none", "Origin": SITE},
        {"Sec-Fetch-Site": "", "Origin": SITE},
        {"Sec-Fetch-Site": "Same-Origin"},
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Origin": "http://oqtopus.test"},
        {"Origin": f"{SITE}.evil.example"},
        {"Origin": f"{SITE}:8443"},
        {"Referer": f"{SITE}/"},
        {},
    ],
)
async def test_s5_another_origin_changes_nothing_even_with_the_token(
    provenance: Headers, write: Write, scene: Scene
) -> None:
    secret = await browser(scene)
    forged = without(scene.page(secret), "Sec-Fetch-Site", "Origin") | provenance

    response = await scene.write(write, forged)

    assert_forbidden(response)
    await assert_nothing_happened(scene, secret)


async def test_s5_another_sessions_token_is_none(scene: Scene) -> None:
    secret = await browser(scene)
    others = await scene.session(await scene.account("bert"))
    key = scene.services.settings.secret_key
    wrong = ["", "0" * 64, digest(secret), secret, csrf_token(key, digest(others)), csrf_token(key, "")]
    wrong += [csrf_token("another key", digest(secret)), csrf_token(key, digest(secret))[:-1]]

    for token in wrong:
        assert_forbidden(await scene.write(WRITES[0], scene.page(secret) | {"X-CSRF-Token": token}))

    await assert_nothing_happened(scene, secret)


@pytest.mark.parametrize("name", ["X-CSRF-Token", "Sec-Fetch-Site"])
async def test_s5_doubled_proofs_are_none(name: str, scene: Scene) -> None:
    secret = await browser(scene)
    page = scene.page(secret)

    response = await scene.write(WRITES[0], [*page.items(), (name, page[name])])

    assert_forbidden(response)


async def test_s5_a_doubled_origin_is_none(scene: Scene) -> None:
    secret = await browser(scene)
    page = without(scene.page(secret), "Sec-Fetch-Site")

    assert_forbidden(await scene.write(WRITES[0], [*page.items(), ("Origin", EVIL)]))
    assert_forbidden(await scene.write(WRITES[0], [("Origin", EVIL), *page.items()]))


@pytest.mark.parametrize("absent", ["Origin", "Sec-Fetch-Site"])
async def test_s5_our_own_page_gets_its_changes_done(absent: str, scene: Scene) -> None:
    secret = await browser(scene)

    response = await scene.write(WRITES[0], without(scene.page(secret), absent))

    assert response.status_code == 201


async def test_s5_our_own_page_may_search(scene: Scene) -> None:
    secret = await browser(scene)

    assert (await scene.search(scene.page(secret))).status_code == 200


async def test_s5_reading_needs_no_proof(scene: Scene) -> None:
    secret = await browser(scene)

    assert (await scene.me(scene.cookie(secret) | {"Sec-Fetch-Site": "cross-site"})).status_code == 200


@pytest.mark.parametrize("with_cookie", [True, False])
async def test_s5_a_bearer_needs_no_proof_with_or_without_a_cookie(with_cookie: bool, scene: Scene) -> None:
    secret = await browser(scene)
    headers = bearer(secret) | (scene.cookie(secret) if with_cookie else {})

    response = await scene.write(WRITES[0], headers | {"Sec-Fetch-Site": "cross-site", "Origin": EVIL})

    assert response.status_code == 201


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
@pytest.mark.parametrize("is_proven", [True, False])
async def test_s5_bodies_that_a_form_can_send_are_refused_whoever_sends_them(
    media_type: str, is_proven: bool, scene: Scene
) -> None:
    secret = await browser(scene)
    headers = (scene.page(secret) if is_proven else scene.cookie(secret)) | {"Content-Type": media_type}

    response = await scene.send("search", "POST", "/v1/search", headers, content=b'{"query": "Which film?"}')

    assert response.status_code == (415 if is_proven else 403)
    await assert_nothing_happened(scene, secret)


@pytest.mark.parametrize("function", ["auth", "registration", "search"])
async def test_s5_no_foreign_origin_is_told_that_it_may_read(function: str, scene: Scene) -> None:
    path = next(write.path for write in WRITES if write.function == function)
    preflight = {
        "Origin": EVIL,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-csrf-token",
    }

    refused = await scene.send(function, "OPTIONS", path, preflight)
    answered = await scene.send(function, "POST", path, {"Origin": EVIL}, json=QUESTION)

    assert refused.status_code == 405
    for response in (refused, answered):
        assert not [name for name in response.headers if name.startswith("access-control-")]
