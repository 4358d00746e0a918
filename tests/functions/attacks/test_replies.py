"""What every reply says to a browser, and methods that no operation has (W2, W3, I5, I6)."""

from dataclasses import replace

import httpx
import pytest

from infra.gateway import Gateway, application_of
from infra.manifest import load_manifest
from oqtopus.bootstrap import Services, using
from tests.conftest import ClientOf
from tests.functions.attacks.scene import SITE, Scene, bearer

FUNCTIONS = ["auth", "registration", "search", "probe", "notify"]


def assert_safe(response: httpx.Response) -> None:
    headers = response.headers
    assert "no-store" in headers["Cache-Control"]
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    policy = headers["Permissions-Policy"].split(", ")
    assert {"camera=()", "geolocation=()", "microphone=()"} <= set(policy)
    assert all(feature.endswith("=()") for feature in policy)
    for name in ("Server", "X-Powered-By", "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"):
        assert name not in headers


async def test_w2_every_kind_of_reply_is_safe_in_a_browser(scene: Scene) -> None:
    session = bearer(await scene.session(await scene.account()))

    replies = {
        "json": await scene.me(session),
        "list": await scene.send("registration", "GET", "/v1/agents"),
        "stream": await scene.search(),
        "events": await scene.search(session | {"Accept": "text/event-stream"}),
        "spent": await scene.search(),
        "no credential": await scene.me({}),
        "no body": await scene.send("auth", "POST", "/v1/sessions"),
        "no such member": await scene.send("auth", "POST", "/v1/sessions", json={"a": 1}),
        "nothing": await scene.send("auth", "DELETE", "/v1/sessions/current", session),
    }

    assert [reply.status_code for reply in replies.values()] == [200, 200, 200, 200, 429, 401, 415, 422, 204]
    for response in replies.values():
        assert_safe(response)


@pytest.mark.parametrize("function", FUNCTIONS)
async def test_w2_what_no_operation_answers_is_safe_too(function: str, scene: Scene) -> None:
    for method, path in [("GET", "/"), ("GET", "/healthz"), ("POST", "/debug"), ("GET", "/docs"), ("GET", "/.env")]:
        response = await scene.send(function, method, path)

        assert response.status_code == (200 if path == "/healthz" else 404)
        assert_safe(response)


async def test_w2_a_failure_of_ours_is_safe_too(scene: Scene) -> None:
    scene.services.quotas = None  # type: ignore[assignment]  # The defect.

    response = await scene.search()

    assert response.status_code == 500
    assert_safe(response)


async def test_w2_the_gateways_own_refusals_are_safe_too(scene: Scene) -> None:
    manifest = load_manifest()
    gateway = Gateway(manifest, {function.name: application_of(function) for function in manifest.functions})

    async with httpx.AsyncClient(transport=httpx.ASGITransport(gateway), base_url=SITE) as http:
        replies = [
            await http.get("/v1/nothing"),
            await http.request("BREW", "/v1/search"),
            await http.post("/v1/search", content=b" " * 70_000),
            await http.get("/v1/me", headers=[("Host", "a.test"), ("Host", "b.test")]),
        ]

    assert [reply.status_code for reply in replies] == [404, 405, 413, 400]
    for response in replies:
        assert_safe(response)


async def test_w2_plain_http_promises_no_https(services: Services, client_of: ClientOf) -> None:
    with using(Services(replace(services.settings, public_url="http://127.0.0.1:8080"))) as plain:
        async with client_of("auth") as client:
            response = await client.get("/v1/me")
        plain.close()

    assert "Strict-Transport-Security" not in response.headers
    assert "Content-Security-Policy" in response.headers


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "BREW", "PROPFIND", "HEAD", "OPTIONS", "PUT"])
@pytest.mark.parametrize(
    ("function", "path"), [("auth", "/v1/tokens"), ("registration", "/v1/agents/agent-films"), ("search", "/v1/search")]
)
async def test_i5_a_method_off_the_list_does_nothing(method: str, function: str, path: str, scene: Scene) -> None:
    session = bearer(await scene.session(await scene.account()))

    response = await scene.send(function, method, path, session)

    assert response.status_code == 405
    assert "Allow" in response.headers
    assert not [name for name in response.headers if name.startswith("access-control-")]


async def test_i6_two_hosts_are_malformed(scene: Scene) -> None:
    session = bearer(await scene.session(await scene.account()))

    response = await scene.me([*session.items(), ("Host", "oqtopus.test"), ("Host", "evil.example")])

    assert response.status_code == 400
    assert "evil.example" not in response.text


async def test_w3_the_host_of_a_request_enters_no_link(scene: Scene) -> None:
    session = bearer(await scene.session(await scene.account()))

    response = await scene.send(
        "auth",
        "POST",
        "/v1/tokens",
        session | {"Host": "evil.example", "X-Forwarded-Host": "evil.example"},
        json={"name": "laptop"},
    )

    assert response.status_code == 201
    assert response.headers["Location"].startswith("/v1/tokens/")
    assert "evil.example" not in response.text
