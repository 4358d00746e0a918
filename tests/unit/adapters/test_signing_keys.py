"""Where the keys of tokens come from, and what happens when they cannot be had."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from jwt.algorithms import RSAAlgorithm

from infra.push_signer import PushSigner
from oqtopus.adapters.signing_keys import LIFETIME_SECONDS, REFRESH_SECONDS, GivenKeys, GoogleKeys
from oqtopus.errors import ConfigurationError, Unauthenticated, Unavailable
from oqtopus.security.push_tokens import PushTokens
from tests.fakes.clock import FakeClock

AUDIENCE, ACCOUNT = "https://oqtopus.example.org/push", "push@demo.iam.gserviceaccount.com"
SIGNER: Final = PushSigner(AUDIENCE, ACCOUNT)
KEY: Final = json.loads(SIGNER.key_set)["keys"][0]


def key_set(*key_ids: str) -> bytes:
    return json.dumps({"keys": [KEY | {"kid": key_id} for key_id in key_ids]}).encode()


class KeyServer(ThreadingHTTPServer):
    """Serves `reply` on loopback, or 503 without one, and counts its requests."""

    def __init__(self, reply: bytes | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.reply = reply
        self.requests = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/certs"


class _Handler(BaseHTTPRequestHandler):
    server: KeyServer

    def do_GET(self) -> None:
        self.server.requests += 1
        reply = self.server.reply
        self.send_response(503 if reply is None else 200)
        self.end_headers()
        self.wfile.write(reply or b"")

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@contextmanager
def serving(reply: bytes | None) -> Iterator[KeyServer]:
    server = KeyServer(reply)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Seconds:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def test_what_the_signer_signs_passes_with_the_keys_it_gives() -> None:
    clock = FakeClock()
    tokens = PushTokens(GivenKeys(SIGNER.key_set), AUDIENCE, ACCOUNT, clock)

    await tokens.check(SIGNER.authorization(clock.now).removeprefix("Bearer "))


async def test_another_signers_token_does_not_pass() -> None:
    clock = FakeClock()
    tokens = PushTokens(GivenKeys(SIGNER.key_set), AUDIENCE, ACCOUNT, clock)
    stranger = PushSigner(AUDIENCE, ACCOUNT).authorization(clock.now)

    with pytest.raises(Unauthenticated):
        await tokens.check(stranger.removeprefix("Bearer "))


def test_the_signer_uses_a_token_again_until_five_minutes_before_its_end() -> None:
    signer, now = PushSigner(AUDIENCE, ACCOUNT), FakeClock().now
    first = signer.authorization(now)

    assert signer.authorization(now + timedelta(minutes=54)) == first
    assert signer.authorization(now + timedelta(minutes=55)) != first


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"keys"',
        "{}",
        '{"keys": []}',
        '{"keys": 1}',
        '{"keys": [1]}',
        '{"keys": [{"kty": "RSA", "kid": "k", "n": "!", "e": "AQAB"}]}',
        '{"keys": [{"kty": "oct", "kid": "k", "k": "c2VjcmV0"}]}',
        json.dumps({"keys": [{name: value for name, value in KEY.items() if name != "kid"}]}),
        json.dumps({"keys": [KEY | {"use": "enc"}]}),
        json.dumps({"keys": [KEY | {"alg": "RS512"}]}),
    ],
)
def test_a_set_without_a_key_of_ours_is_refused_by_name_and_without_its_value(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^PUSH_KEY_SET must be") as refusal:
        GivenKeys(text)

    assert "kty" not in str(refusal.value)


def test_a_key_that_is_too_small_is_no_key_of_ours() -> None:
    small = generate_private_key(public_exponent=65_537, key_size=1_024).public_key()

    with pytest.raises(ConfigurationError):
        GivenKeys(json.dumps({"keys": [{**RSAAlgorithm.to_jwk(small, as_dict=True), "kid": "small"}]}))


async def test_a_key_that_the_set_does_not_have_is_none() -> None:
    assert await GivenKeys(SIGNER.key_set).key("other") is None


async def test_the_fetched_keys_are_kept_for_an_hour() -> None:
    seconds = Seconds()
    with serving(key_set("k1")) as server:
        keys = GoogleKeys(server.url, seconds)

        assert await keys.key("k1") is not None
        seconds.now += LIFETIME_SECONDS - 1
        await keys.key("k1")
        assert server.requests == 1
        seconds.now += 1
        await keys.key("k1")
        assert server.requests == 2


async def test_those_who_ask_together_share_one_fetch() -> None:
    with serving(key_set("k1")) as server:
        keys = GoogleKeys(server.url)

        found = await asyncio.gather(*(keys.key("k1") for _ in range(20)))

        assert None not in found
        assert server.requests == 1


async def test_an_unknown_key_is_looked_for_once_a_minute_at_most() -> None:
    seconds = Seconds()
    with serving(key_set("k1")) as server:
        keys = GoogleKeys(server.url, seconds)
        await keys.key("k1")
        server.reply = key_set("k1", "k2")

        assert [await keys.key(key_id) for key_id in ("k2", "k3", "k4")] == [None, None, None]
        assert server.requests == 1
        seconds.now += REFRESH_SECONDS
        assert await keys.key("k2") is not None
        assert server.requests == 2


@pytest.mark.parametrize("reply", [None, b"", b"[]", b"{}", b'{"keys": [1]}', b"\xff"])
async def test_the_old_keys_stay_while_no_new_ones_can_be_had(reply: bytes | None) -> None:
    seconds = Seconds()
    with serving(key_set("k1")) as server:
        keys = GoogleKeys(server.url, seconds)
        await keys.key("k1")
        server.reply = reply
        seconds.now += LIFETIME_SECONDS

        assert await keys.key("k1") is not None
        assert await keys.key("k1") is not None
        assert server.requests == 2


async def test_without_any_key_it_is_unavailable_until_there_is_one() -> None:
    with serving(None) as server:
        keys = GoogleKeys(server.url)

        with pytest.raises(Unavailable):
            await keys.key("k1")
        server.reply = key_set("k1")
        assert await keys.key("k1") is not None


def test_the_keys_serve_event_loops_one_after_the_other() -> None:
    seconds = Seconds()
    with serving(key_set("k1")) as server:
        keys = GoogleKeys(server.url, seconds)

        for _ in range(2):
            assert asyncio.run(keys.key("k1")) is not None
            seconds.now += LIFETIME_SECONDS


def test_the_published_set_holds_no_private_part() -> None:
    assert set(KEY) == {"kty", "key_ops", "n", "e", "kid", "alg", "use"}
    assert jwt.PyJWK(KEY).key_type == "RSA"
