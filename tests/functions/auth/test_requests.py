"""Requests out of form, and what is logged and stored of good ones (E1, E3, I1, I2, I5, L2, L3)."""

import logging

import httpx
import pytest

from oqtopus.bootstrap import Services
from tests.functions.auth.steps import EMAIL, JSON, PASSWORD, log_in, session_of, token_of


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/accounts", "POST"),
        ("PUT", "/v1/sessions", "POST"),
        ("GET", "/v1/sessions/current", "DELETE"),
        ("POST", "/v1/me", "GET"),
        ("DELETE", "/v1/me/quota", "GET"),
        ("PATCH", "/v1/tokens", "GET, POST"),
        ("GET", "/v1/tokens/t1", "DELETE"),
    ],
)
async def test_other_methods_are_refused_with_those_that_work(
    method: str, path: str, allowed: str, client: httpx.AsyncClient
) -> None:
    response = await client.request(method, path)

    assert response.status_code == 405
    assert response.headers["Allow"] == allowed


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/users", "/v1/accounts/x", "/v1/me/x", "/v1/tokens/a/b", "/v2/me"])
async def test_other_paths_are_not_found(path: str, client: httpx.AsyncClient) -> None:
    response = await client.get(path)

    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/v1/accounts", "/v1/sessions"])
@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{", JSON, 400),
        (b"[]", JSON, 400),
        (b'{"email": NaN}', JSON, 400),
        (b'{"email": "\xff"}', JSON, 400),
        (b'{"a":' * 65 + b"1" + b"}" * 65, JSON, 400),
        (b"{}", JSON, 422),
        (b'{"email": 1, "password": ["x"]}', JSON, 422),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", JSON | {"Content-Encoding": "gzip"}, 415),
        (b" " * 65_537, JSON, 413),
    ],
)
async def test_a_body_out_of_form_is_refused_for_what_it_is(
    path: str, content: bytes, headers: dict[str, str], status: int, client: httpx.AsyncClient
) -> None:
    response = await client.post(path, content=content, headers=headers)

    assert response.status_code == status
    problem = response.json()
    assert (problem["status"], problem["instance"]) == (status, response.headers["X-Request-Id"])


async def test_what_happens_is_logged_without_address_password_or_secret(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    session = await session_of(client)
    await log_in(client, password="wrong password")
    token = await token_of(client, session)
    (listed,) = (await client.get("/v1/tokens", headers=session)).json()["tokens"]
    await client.delete(f"/v1/tokens/{listed['id']}", headers=session)
    await client.delete("/v1/sessions/current", headers=session)

    ours = [record for record in caplog.records if record.name == "oqtopus.functions.auth.service"]
    assert [record.getMessage() for record in ours] == [
        "account_registered",
        "login_ok",
        "login_failed",
        "token_created",
        "token_revoked",
        "logged_out",
    ]
    logged = repr([vars(record) for record in caplog.records])
    for secret in (EMAIL, PASSWORD, "wrong password", session["Authorization"][7:], token["Authorization"][7:]):
        assert secret not in logged


async def test_the_store_holds_no_secret(client: httpx.AsyncClient, services: Services) -> None:
    session = await session_of(client)
    token = await token_of(client, session)

    services.close()

    kept = b"".join(path.read_bytes() for path in services.settings.home.iterdir())
    for secret in (PASSWORD, session["Authorization"][7:], token["Authorization"][7:]):
        assert secret.encode() not in kept
