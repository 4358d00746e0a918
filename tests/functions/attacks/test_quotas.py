"""More searches than a day has: by more credentials, or by being more guests than one is (Q4, Q5)."""

from datetime import timedelta

import pytest

from oqtopus.domain.accounts import Scope
from oqtopus.security.credentials import CredentialKind, new_secret
from tests.functions.attacks.scene import PASSWORD, Headers, Scene, bearer


async def test_q4_tokens_and_new_logins_share_one_quota(scene: Scene) -> None:
    scene.configure(quota_user_per_day=4)
    account_id = await scene.account()
    session = await scene.session(account_id)
    credentials = [
        bearer(session),
        scene.page(session),
        bearer(await scene.token(account_id, "t1")),
        bearer(await scene.token(account_id, "t2", Scope.MANAGE)),
    ]

    assert [(await scene.search(headers)).status_code for headers in credentials] == [200] * 4

    login = {"email": "ada@example.org", "password": PASSWORD}
    fresh = (await scene.send("auth", "POST", "/v1/sessions", json=login)).json()["token"]
    for headers in [*credentials, bearer(fresh), bearer(await scene.token(account_id, "t3"))]:
        refused = await scene.search(headers)
        assert refused.status_code == 429
        assert 0 < int(refused.headers["Retry-After"]) <= 86_400


async def test_q4_a_quota_is_full_again_on_the_next_utc_day_only(scene: Scene) -> None:
    scene.configure(quota_user_per_day=1)
    token = bearer(await scene.token(await scene.account()))
    midnight = scene.clock().replace(hour=0, minute=0, second=0) + timedelta(days=1)

    assert (await scene.search(token)).status_code == 200
    scene.clock.advance(midnight - scene.clock() - timedelta(seconds=1))
    assert (await scene.search(token)).status_code == 429
    scene.clock.advance(timedelta(seconds=1))
    assert (await scene.search(token)).status_code == 200


@pytest.mark.parametrize(
    "disguise",
    [
        {"User-Agent": "another browser"},
        {"Cookie": "session=another; oqtopus_session=x"},
        {"X-Forwarded-For": "198.51.100.1"},
        {"X-Forwarded-For": "198.51.100.1, 198.51.100.2"},
        {"X-Real-IP": "198.51.100.1"},
        {"Forwarded": "for=198.51.100.1"},
        {"True-Client-IP": "198.51.100.1"},
        {"CF-Connecting-IP": "198.51.100.1"},
        {"X-Client-IP": "198.51.100.1"},
        {"X-User-Id": "another"},
        {"X-Forwarded-Authorization": f"Bearer {new_secret(CredentialKind.TOKEN)}"},
        {"X-Request-Id": "another-request"},
        {"Idempotency-Key": "another"},
    ],
    ids=lambda disguise: next(iter(disguise)),
)
async def test_q5_a_guest_is_the_same_one_in_any_disguise(disguise: Headers, scene: Scene) -> None:
    assert (await scene.search()).status_code == 200

    assert (await scene.search(disguise)).status_code == 429


async def test_q5_behind_a_trusted_proxy_only_its_own_word_counts(scene: Scene) -> None:
    scene.configure(trusted_proxy_hops=1)

    assert (await scene.search({"X-Forwarded-For": "192.0.2.9"})).status_code == 200
    for claimed in ("198.51.100.1, 192.0.2.9", "198.51.100.1,::1,192.0.2.9", "::ffff:192.0.2.9", "nonsense, 192.0.2.9"):
        assert (await scene.search({"X-Forwarded-For": claimed})).status_code == 429, claimed
    twice = [("X-Forwarded-For", "198.51.100.1"), ("X-Forwarded-For", "192.0.2.9")]
    assert (await scene.search(twice)).status_code == 429
    assert (await scene.search({"X-Forwarded-For": "192.0.2.9, 192.0.2.10"})).status_code == 200


async def test_q5_an_ipv6_network_of_64_bits_is_one_guest(scene: Scene) -> None:
    scene.configure(trusted_proxy_hops=1)
    addresses = ["2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:0DB8:0001:0002::abcd", "2001:db8:1:3::1"]

    statuses = [(await scene.search({"X-Forwarded-For": address})).status_code for address in addresses]

    assert statuses == [200, 429, 429, 200]
