"""A forgotten password (A2, A5, A6, A8)."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import cast

import httpx
import pytest

from oqtopus.bootstrap import Services
from oqtopus.domain.accounts import AccountId, ApiToken
from oqtopus.messages import AccountMail
from oqtopus.ports import SessionStore
from oqtopus.security.credentials import CredentialKind, new_secret
from oqtopus.security.passwords import PasswordHasher
from tests.fakes.clock import FakeClock
from tests.fakes.counting_argon2 import CountingArgon2
from tests.fakes.post import Post
from tests.functions.auth.steps import (
    EMAIL,
    NEW_PASSWORD,
    PASSWORD,
    SAME_REQUEST,
    ask_for_reset,
    bearer,
    log_in,
    pointers,
    register,
    reset,
    session_of,
    token_of,
)


async def reset_secret(client: httpx.AsyncClient, post: Post) -> str:
    await post.mails()
    assert (await ask_for_reset(client)).status_code == 202
    return await post.secret()


async def test_a_reset_sets_the_password_and_tells_the_owner(client: httpx.AsyncClient, post: Post) -> None:
    await register(client)
    secret = await reset_secret(client, post)

    response = await reset(client, secret)

    assert (response.status_code, response.content) == (204, b"")
    assert (await log_in(client)).status_code == 401
    assert (await log_in(client, password=NEW_PASSWORD)).status_code == 201
    (mail,) = await post.mails()
    assert (mail.recipient, mail.subject) == (EMAIL, "Your password at oqtopus was changed")


async def test_a_reset_ends_all_sessions_and_tokens(client: httpx.AsyncClient, post: Post) -> None:
    session = await session_of(client)
    token = await token_of(client, session, scope="manage")
    secret = await reset_secret(client, post)

    await reset(client, secret)

    assert (await client.get("/v1/me", headers=session)).status_code == 401
    assert (await client.get("/v1/me", headers=token)).status_code == 401


async def test_a_reset_leaves_other_accounts_alone(client: httpx.AsyncClient, post: Post) -> None:
    bob = await session_of(client, "bob@example.org")
    await register(client)

    await reset(client, await reset_secret(client, post))

    assert (await client.get("/v1/me", headers=bob)).status_code == 200


@pytest.mark.usefixtures("mailing")
async def test_a_reset_shows_that_the_address_is_the_accounts(client: httpx.AsyncClient, post: Post) -> None:
    await register(client)

    await reset(client, await reset_secret(client, post))

    assert (await log_in(client, password=NEW_PASSWORD)).status_code == 201


async def test_asking_is_the_same_for_unknown_addresses(
    client: httpx.AsyncClient, post: Post, engine: CountingArgon2
) -> None:
    await register(client)
    await post.mails()
    engine.worked.clear()

    known, unknown = [await ask_for_reset(client, email, **SAME_REQUEST) for email in (EMAIL, "nobody@example.org")]

    assert known.status_code == unknown.status_code == 202
    assert (known.content, known.headers) == (unknown.content, unknown.headers)
    assert engine.worked == []
    assert [message for message in post.published[-2:] if isinstance(message, AccountMail) and message.kind == "reset"]
    assert post.published[-1] != post.published[-2]
    assert post.handed_over == len(post.published)
    assert [mail.recipient for mail in await post.mails()] == [EMAIL]


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.org"])
async def test_five_mails_a_day_are_asked_for_and_the_next_silently_not(
    client: httpx.AsyncClient, post: Post, clock: FakeClock, email: str
) -> None:
    await register(client)
    before = len(post.published)

    replies = [await ask_for_reset(client, email, **SAME_REQUEST) for _ in range(7)]

    assert {reply.status_code for reply in replies} == {202}
    assert len({reply.content for reply in replies}) == 1
    assert len(post.published) - before == 5
    clock.advance(timedelta(days=1))
    await ask_for_reset(client, email)
    assert len(post.published) - before == 6


async def test_a_link_that_is_not_valid_is_told_in_the_same_words_whatever_is_wrong(
    client: httpx.AsyncClient, post: Post, clock: FakeClock
) -> None:
    await register(client)
    of_other_purpose = await post.secret()
    old, used = await reset_secret(client, post), await reset_secret(client, post)

    replies = [await reset(client, secret) for secret in (new_secret(CredentialKind.MAIL), "x", old, of_other_purpose)]
    assert (await reset(client, used)).status_code == 204
    replies.append(await reset(client, used, "a third horse battery"))
    expired = await reset_secret(client, post)
    clock.advance(timedelta(minutes=30))
    replies.append(await reset(client, expired))

    assert {reply.status_code for reply in replies} == {404}
    assert len({reply.content for reply in replies}) == 1
    assert (await log_in(client, password=NEW_PASSWORD)).status_code == 201


async def test_a_reset_link_works_just_below_half_an_hour(
    client: httpx.AsyncClient, post: Post, clock: FakeClock
) -> None:
    await register(client)
    secret = await reset_secret(client, post)

    clock.advance(timedelta(minutes=30) - timedelta(seconds=1))

    assert (await reset(client, secret)).status_code == 204


@pytest.mark.parametrize("password", ["", "seven77", "PassWord1", "aaaaaaaaaaaa", "nul\0password", "x" * 1_025])
async def test_a_bad_new_password_is_refused_unhashed_and_spares_the_link(
    client: httpx.AsyncClient, post: Post, engine: CountingArgon2, password: str
) -> None:
    await register(client)
    secret = await reset_secret(client, post)
    engine.worked.clear()

    response = await reset(client, secret, password)

    assert response.status_code == 422
    assert pointers(response) == ["/password"]
    assert engine.worked == []
    assert (await reset(client, secret)).status_code == 204


async def test_the_address_is_no_password(client: httpx.AsyncClient, post: Post) -> None:
    await register(client)
    secret = await reset_secret(client, post)

    response = await reset(client, secret, EMAIL.upper())

    assert response.status_code == 422
    assert pointers(response) == ["/password"]
    assert (await log_in(client)).status_code == 201


@pytest.mark.parametrize("host", ["evil.example", "oqtopus.test"])
async def test_links_lead_to_the_configured_origin_whatever_the_host_header_says(
    client: httpx.AsyncClient, post: Post, host: str
) -> None:
    await register(client)
    await post.mails()

    await ask_for_reset(client, EMAIL, **{"Host": host, "X-Forwarded-Host": host, "Forwarded": f"host={host}"})

    (mail,) = await post.mails()
    assert host not in mail.text
    assert "https://oqtopus.example.org/reset#oqm_" in mail.text
    assert "https://oqtopus.example.org/v1/password-resets/oqm_" in mail.text


class Overtaken(PasswordHasher):
    """Something happens between the check of a password and what follows from it."""

    def __init__(self, engine: CountingArgon2, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__(engine)
        self._meanwhile = meanwhile

    async def verify(self, password_hash: str | None, password: str) -> bool:
        is_right = await super().verify(password_hash, password)
        await self._meanwhile()
        return is_right


async def test_a_reset_during_a_login_leaves_no_session_of_the_old_password(
    client: httpx.AsyncClient, post: Post, services: Services, engine: CountingArgon2
) -> None:
    await register(client)
    secret = await reset_secret(client, post)
    services.passwords = Overtaken(engine, lambda: reset(client, secret))

    response = await log_in(client)

    assert response.status_code == 401
    assert "token" not in response.json()
    services.passwords = PasswordHasher(engine)
    assert (await log_in(client)).status_code == 401
    assert (await log_in(client, password=NEW_PASSWORD)).status_code == 201


async def test_a_suspension_during_a_login_wins(
    client: httpx.AsyncClient, services: Services, engine: CountingArgon2
) -> None:
    account_id = AccountId((await register(client)).json()["id"])
    services.passwords = Overtaken(engine, lambda: services.accounts.set_suspended(account_id, is_suspended=True))

    assert (await log_in(client)).status_code == 401


class EndedMeanwhile:
    """Implements what making a token needs of `SessionStore`; all sessions end before the token is added."""

    def __init__(self, sessions: SessionStore) -> None:
        self._sessions = sessions

    def __getattr__(self, name: str) -> object:
        return getattr(self._sessions, name)

    async def add_token(self, token: ApiToken, at_most: int, now: datetime) -> None:
        await self._sessions.end_all(token.account_id)
        await self._sessions.add_token(token, at_most, now)


async def test_a_reset_while_a_token_is_made_leaves_no_token(client: httpx.AsyncClient, services: Services) -> None:
    session = await session_of(client)
    kept = services.sessions
    services.sessions = cast(SessionStore, EndedMeanwhile(kept))  # It hands on all it does not implement.

    response = await client.post("/v1/tokens", json={"name": "laptop"}, headers=session)

    assert response.status_code == 401
    services.sessions = kept
    fresh = bearer((await log_in(client)).json()["token"])
    assert (await client.get("/v1/tokens", headers=fresh)).json() == {"tokens": []}


async def test_a_suspended_account_is_refused_like_a_wrong_password(
    client: httpx.AsyncClient, services: Services, engine: CountingArgon2
) -> None:
    account_id = AccountId((await register(client)).json()["id"])
    await services.accounts.set_suspended(account_id, is_suspended=True)
    engine.worked.clear()

    right, wrong = [
        await client.post("/v1/sessions", json={"email": EMAIL, "password": password}, headers=SAME_REQUEST)
        for password in (PASSWORD, "wrong password")
    ]

    assert right.status_code == wrong.status_code == 401
    assert (right.content, right.headers) == (wrong.content, wrong.headers)
    assert len(engine.worked) == 2
