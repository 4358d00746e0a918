"""A known password is changed by who knows it (A4, A8)."""

from datetime import timedelta

import httpx
import pytest

from oqtopus.bootstrap import Services
from oqtopus.domain.accounts import MailPurpose, MailToken
from oqtopus.security.credentials import CredentialKind, digest, new_secret
from oqtopus.security.passwords import PasswordHasher, argon2id
from tests.fakes.counting_argon2 import CountingArgon2
from tests.fakes.post import Post
from tests.functions.auth.steps import EMAIL, NEW_PASSWORD, PASSWORD, log_in, pointers, session_of, token_of


async def change(
    client: httpx.AsyncClient, headers: dict[str, str], current: str = PASSWORD, new: str = NEW_PASSWORD
) -> httpx.Response:
    body = {"current_password": current, "new_password": new}
    return await client.put("/v1/me/password", json=body, headers=headers)


async def test_a_change_ends_all_sessions_and_tokens_and_tells_the_owner(client: httpx.AsyncClient, post: Post) -> None:
    session = await session_of(client)
    token = await token_of(client, session)
    await post.mails()

    response = await change(client, session)

    assert (response.status_code, response.content) == (204, b"")
    assert (await client.get("/v1/me", headers=session)).status_code == 401
    assert (await client.get("/v1/me", headers=token)).status_code == 401
    assert (await log_in(client)).status_code == 401
    assert (await log_in(client, password=NEW_PASSWORD)).status_code == 201
    (mail,) = await post.mails()
    assert (mail.recipient, mail.subject) == (EMAIL, "Your password at oqtopus was changed")


async def test_a_change_needs_the_current_password(client: httpx.AsyncClient, post: Post) -> None:
    session = await session_of(client)

    response = await change(client, session, current="wrong password")

    assert response.status_code == 403
    assert (await client.get("/v1/me", headers=session)).status_code == 200
    assert (await log_in(client)).status_code == 201


async def test_guesses_at_the_current_password_count_as_tries_to_log_in(
    client: httpx.AsyncClient, engine: CountingArgon2, post: Post
) -> None:
    session = await session_of(client)

    statuses = [(await change(client, session, current="wrong password")).status_code for _ in range(10)]
    engine.worked.clear()
    statuses.append((await change(client, session)).status_code)

    assert statuses == [403] * 10 + [429]
    assert (await log_in(client)).status_code == 429
    assert engine.worked == []


async def test_only_a_session_may_change_the_password(client: httpx.AsyncClient, post: Post) -> None:
    token = await token_of(client, await session_of(client), scope="manage")

    assert (await change(client, token)).status_code == 403
    assert (await change(client, {})).status_code == 401
    assert (await log_in(client)).status_code == 201


@pytest.mark.parametrize("new", ["seven77", "PassWord1", "aaaaaaaaaaaa", EMAIL])
async def test_the_rules_of_registration_hold(client: httpx.AsyncClient, post: Post, new: str) -> None:
    session = await session_of(client)

    response = await change(client, session, new=new)

    assert response.status_code == 422
    assert pointers(response) == ["/new_password"]
    assert (await log_in(client)).status_code == 201


async def test_a_change_that_a_reset_has_overtaken_does_not_undo_it(
    client: httpx.AsyncClient, post: Post, services: Services
) -> None:
    session = await session_of(client)
    engine = services.passwords

    class Overtaken(PasswordHasher):
        async def hash(self, password: str) -> str:
            """While this one is worked out, a reset writes another."""
            account = await services.accounts.account_with_email(EMAIL)
            assert account is not None
            await services.accounts.change_password_hash(account.id, await engine.hash("the password of the reset"))
            return await engine.hash(password)

    services.passwords = Overtaken(argon2id(memory_kib=8, rounds=1))
    response = await change(client, session)
    services.passwords = engine

    assert response.status_code == 401
    assert (await log_in(client, password=NEW_PASSWORD)).status_code == 401
    assert (await log_in(client, password="the password of the reset")).status_code == 201


async def test_a_change_voids_links_of_resets_that_were_asked_for_before(
    client: httpx.AsyncClient, post: Post, services: Services
) -> None:
    session = await session_of(client)
    account = await services.accounts.account_with_email(EMAIL)
    assert account is not None
    link, now = new_secret(CredentialKind.MAIL), services.clock()
    await services.mail_tokens.put(MailToken(digest(link), account.id, MailPurpose.RESET, now + timedelta(minutes=30)))

    await change(client, session)
    response = await client.post(f"/v1/password-resets/{link}", json={"password": "a password of the thief"})

    assert response.status_code == 404
