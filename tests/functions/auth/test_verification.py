"""Where mail reaches people, an address must be shown to be its account's, and replies tell nothing (A3, A5, A7)."""

from datetime import timedelta

import httpx
import pytest

from oqtopus.bootstrap import Services
from oqtopus.messages import AccountMail
from oqtopus.security.credentials import CredentialKind, digest, kind_of, new_secret
from tests.fakes.clock import FakeClock
from tests.fakes.counting_argon2 import CountingArgon2
from tests.fakes.post import Post, secret_in
from tests.functions.auth.steps import EMAIL, PASSWORD, SAME_REQUEST, ask_for_reset, bearer, log_in, register, verified


async def follow(client: httpx.AsyncClient, secret: str) -> httpx.Response:
    return await client.post(f"/v1/email-verifications/{secret}", headers=SAME_REQUEST)


async def ask_again(client: httpx.AsyncClient, email: str = EMAIL) -> httpx.Response:
    return await client.post("/v1/email-verifications", json={"email": email}, headers=SAME_REQUEST)


@pytest.mark.usefixtures("mailing")
async def test_new_and_taken_addresses_differ_in_nothing_but_the_mail(
    client: httpx.AsyncClient, engine: CountingArgon2, post: Post
) -> None:
    body = {"email": EMAIL, "password": PASSWORD}
    replies, work = [], []

    for _ in range(2):
        engine.worked.clear()
        replies.append(await client.post("/v1/accounts", json=body, headers=SAME_REQUEST))
        work.append(len(engine.worked))

    new, taken = replies
    assert (new.status_code, new.json()) == (202, {"status": "verification_sent"})
    assert (new.status_code, new.content, new.headers) == (taken.status_code, taken.content, taken.headers)
    assert work == [1, 1]
    first, second = await post.mails()
    assert first.recipient == second.recipient == EMAIL
    assert "/verify#oqm_" in first.text
    assert "has an account already" in second.text
    assert "oqm_" not in second.text


@pytest.mark.usefixtures("mailing")
async def test_a_registration_of_a_taken_address_changes_nothing(client: httpx.AsyncClient, post: Post) -> None:
    await verified(client, post)

    await register(client, password="the password of a stranger")

    assert (await log_in(client, password="the password of a stranger")).status_code == 401
    assert (await log_in(client)).status_code == 201


@pytest.mark.usefixtures("mailing")
async def test_an_owner_is_not_flooded_with_mails_about_a_taken_address(client: httpx.AsyncClient, post: Post) -> None:
    replies = [await register(client) for _ in range(10)]

    assert {reply.status_code for reply in replies} == {202}
    assert len(await post.mails()) == 3


@pytest.mark.usefixtures("mailing")
async def test_an_unverified_account_is_refused_like_a_wrong_password(
    client: httpx.AsyncClient, engine: CountingArgon2, post: Post
) -> None:
    await register(client)
    engine.worked.clear()

    right, wrong = [
        await client.post("/v1/sessions", json={"email": EMAIL, "password": password}, headers=SAME_REQUEST)
        for password in (PASSWORD, "wrong password")
    ]

    assert right.status_code == wrong.status_code == 401
    assert (right.content, right.headers) == (wrong.content, wrong.headers)
    assert len(engine.worked) == 2
    assert (await follow(client, await post.secret())).status_code == 204
    assert (await log_in(client)).status_code == 201


async def test_without_a_mailer_an_account_works_at_once_and_the_mail_is_in_the_outbox(
    client: httpx.AsyncClient, post: Post
) -> None:
    assert (await register(client)).status_code == 201

    assert (await log_in(client)).status_code == 201
    assert (await follow(client, await post.secret())).status_code == 204


async def test_a_links_secret_has_256_random_bits_and_is_stored_hashed(
    client: httpx.AsyncClient, post: Post, services: Services
) -> None:
    await register(client)
    secret = await post.secret()

    files = b"".join(path.read_bytes() for path in services.settings.home.iterdir() if path.is_file())

    assert kind_of(secret) is CredentialKind.MAIL
    assert 62 ** (len(secret) - len("oqm_") - 6) >= 2**256
    assert digest(secret).encode() in files
    assert secret.encode() not in files


async def test_a_secret_of_a_mail_is_no_credential(client: httpx.AsyncClient, post: Post) -> None:
    await register(client)

    assert (await client.get("/v1/me", headers=bearer(await post.secret()))).status_code == 401


@pytest.mark.usefixtures("mailing")
async def test_a_link_that_is_not_valid_is_told_in_the_same_words_whatever_is_wrong(
    client: httpx.AsyncClient, post: Post, clock: FakeClock
) -> None:
    await register(client)
    old = await post.secret()
    await ask_again(client)
    newest = await post.secret()
    assert (await ask_for_reset(client)).status_code == 202
    of_other_purpose = await post.secret()

    replies = [await follow(client, secret) for secret in (new_secret(CredentialKind.MAIL), "x", old, of_other_purpose)]
    clock.advance(timedelta(hours=24))
    replies.append(await follow(client, newest))
    await ask_again(client)
    used = await post.secret()
    assert (await follow(client, used)).status_code == 204
    replies.append(await follow(client, used))

    assert {reply.status_code for reply in replies} == {404}
    assert len({reply.content for reply in replies}) == 1


@pytest.mark.usefixtures("mailing")
async def test_a_verification_link_works_just_below_24_hours(
    client: httpx.AsyncClient, post: Post, clock: FakeClock
) -> None:
    await register(client)
    secret = await post.secret()

    clock.advance(timedelta(hours=24) - timedelta(seconds=1))

    assert (await follow(client, secret)).status_code == 204


@pytest.mark.usefixtures("mailing")
async def test_asking_again_is_the_same_for_any_address(client: httpx.AsyncClient, post: Post) -> None:
    await verified(client, post)
    await register(client, email="bob@example.org")
    bobs, before = await post.secret(), len(post.published)

    replies = [await ask_again(client, email) for email in ("bob@example.org", EMAIL, "nobody@example.org")]

    assert {reply.status_code for reply in replies} == {202}
    assert len({reply.content for reply in replies}) == 1
    assert [type(message) for message in post.published[before:]] == [AccountMail] * 3
    assert post.handed_over == len(post.published)
    (mail,) = await post.mails()
    assert mail.recipient == "bob@example.org"
    assert secret_in(mail) != bobs


@pytest.mark.usefixtures("mailing")
async def test_asking_again_is_limited_silently(client: httpx.AsyncClient, post: Post) -> None:
    await register(client)

    replies = [await ask_again(client) for _ in range(10)]

    assert {reply.status_code for reply in replies} == {202}
    assert len(await post.mails()) == 3
