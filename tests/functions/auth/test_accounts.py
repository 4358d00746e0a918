"""Registration: which addresses, passwords and names are taken (A2, A7, A9, Z2)."""

import json

import httpx
import pytest

from tests.fakes.counting_argon2 import CountingArgon2
from tests.functions.auth.steps import EMAIL, JSON, PASSWORD, log_in, pointers, register


async def test_a_new_account_is_shown_without_its_password(client: httpx.AsyncClient) -> None:
    response = await register(client, username="Ada 🐙")

    assert response.status_code == 201
    account = response.json()
    assert len(account.pop("id")) >= 16
    assert account == {"email": EMAIL, "username": "Ada 🐙", "created_at": "2026-03-14T15:09:26Z"}


async def test_without_a_username_an_account_has_the_local_part(client: httpx.AsyncClient) -> None:
    assert (await register(client)).json()["username"] == "ada"


@pytest.mark.parametrize("email", [EMAIL, "ADA@example.org", "Ada@Example.ORG"])
async def test_a_taken_address_is_refused_after_the_same_work(
    email: str, client: httpx.AsyncClient, engine: CountingArgon2
) -> None:
    await register(client)
    engine.worked.clear()

    response = await register(client, email=email, password="another password")

    assert response.status_code == 409
    assert len(engine.worked) == 1
    assert (await log_in(client, password="another password")).status_code == 401


@pytest.mark.parametrize(
    "email",
    [
        "a@example.org",
        "a.b+tag@sub.example.co.uk",
        "!#$%&'*+/=?^_`{|}~-@example.org",
        "x" * 64 + "@example.org",
        "a@" + "d" * 63 + ".org",
        "a@xn--bcher-kva.example",
        "a@3com.net",
    ],
)
async def test_an_ordinary_address_is_taken(email: str, client: httpx.AsyncClient) -> None:
    response = await register(client, email=email)

    assert response.status_code == 201
    assert response.json()["email"] == email.casefold()


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@localhost",
        "ada@example..org",
        "ada@example.org.",
        "ada@-example.org",
        "ada@example-.org",
        "ada@exam_ple.org",
        "ada@127.0.0.1",
        "ada@[127.0.0.1]",
        "ada@[IPv6:::1]",
        "ada@" + "d" * 64 + ".org",
        "a" * 65 + "@example.org",
        "a@" + "d." * 126 + "org",
        "ada@bob@example.org",
        '"ada"@example.org',
        ".ada@example.org",
        "a..da@example.org",
        "ada.@example.org",
        "Ada <ada@example.org>",
        " ada@example.org",
        "ada@example.org\n",
        "ada@example.org\r\nBcc: bob@example.org",
        "ada\0@example.org",
        "ada@example.org,bob@example.org",
        "ádá@example.org",
        "ada@exämple.org",
        "\ud800@example.org",
    ],
)
async def test_what_is_not_one_plain_address_is_refused(email: str, client: httpx.AsyncClient) -> None:
    response = await client.post(
        "/v1/accounts", content=json.dumps({"email": email, "password": PASSWORD}), headers=JSON
    )

    assert response.status_code == 422
    assert "/email" in pointers(response)


@pytest.mark.parametrize(
    "password",
    ["", "seven77", "PassWord1", "aaaaaaaaaaaa", EMAIL.upper(), "nul\0password", "half\ud83d pair"],
)
async def test_a_bad_new_password_is_refused_before_hashing_and_never_echoed(
    password: str, client: httpx.AsyncClient, engine: CountingArgon2
) -> None:
    response = await client.post(
        "/v1/accounts", content=json.dumps({"email": EMAIL, "password": password}), headers=JSON
    )

    assert response.status_code == 422
    assert pointers(response) == ["/password"]
    assert not password or json.dumps(password)[1:-1] not in response.text
    assert engine.worked == []


@pytest.mark.parametrize("path", ["/v1/accounts", "/v1/sessions"])
async def test_an_over_long_password_is_refused_before_hashing(
    path: str, client: httpx.AsyncClient, engine: CountingArgon2
) -> None:
    response = await client.post(path, json={"email": EMAIL, "password": "🐙" * 256 + "!"})

    assert response.status_code == 422
    assert pointers(response) == ["/password"]
    assert engine.worked == []


@pytest.mark.parametrize(
    "password", ["pq" * 64, "  spaces all around  ", "🐙🦑 🐙🦑", "é" * 510 + "ab", "\ttab\nand line"]
)
async def test_any_password_works_at_the_next_login_as_it_was_typed(password: str, client: httpx.AsyncClient) -> None:
    await register(client, password=password)

    assert (await log_in(client, password=password)).status_code == 201
    assert (await log_in(client, password=password.strip() + " !")).status_code == 401
    assert (await log_in(client, password=password[:-1])).status_code == 401


@pytest.mark.parametrize(
    "username", ["", " ", "x" * 65, "two\nlines", "tab\t", "\u200b", "a\u202eb", "nul\0", "\u3164"]
)
async def test_a_username_that_cannot_be_seen_is_refused(username: str, client: httpx.AsyncClient) -> None:
    response = await register(client, username=username)

    assert response.status_code == 422
    assert pointers(response) == ["/username"]


@pytest.mark.parametrize("field", ["id", "user_id", "is_admin", "verified", "quota", "created_at", "password_hash"])
async def test_only_the_named_fields_can_be_set(field: str, client: httpx.AsyncClient) -> None:
    response = await register(client, **{field: "1"})

    assert response.status_code == 422
    assert pointers(response) == [f"/{field}"]
