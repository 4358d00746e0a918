"""Only a token that Google signed for our account and audience, and for now, opens the door of pushed messages."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from oqtopus.errors import ConfigurationError, Unauthenticated, Unavailable
from oqtopus.security.push_tokens import LEEWAY, MAX_KNOWN, PushTokens
from tests.fakes.clock import FakeClock

AUDIENCE, ACCOUNT = "https://oqtopus.example.org/push", "push@demo.iam.gserviceaccount.com"
KEY: Final = generate_private_key(public_exponent=65_537, key_size=2_048)
OTHER_KEY: Final = generate_private_key(public_exponent=65_537, key_size=2_048)
NOW: Final = FakeClock().now
PUBLIC_PEM: Final = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@dataclass
class FakeKeys:
    """Implements `SigningKeys`."""

    keys: Mapping[str, RSAPublicKey] = field(default_factory=lambda: {"k1": KEY.public_key()})
    asked: list[str] = field(default_factory=list)
    is_away: bool = False

    async def key(self, key_id: str) -> RSAPublicKey | None:
        self.asked.append(key_id)
        if self.is_away:
            raise Unavailable("nobody answers")
        return self.keys.get(key_id)


def claims(**changes: object) -> dict[str, object]:
    """Google's claims; a member that is changed to None is left out."""
    now = int(NOW.timestamp())
    members: dict[str, object] = {
        "iss": "https://accounts.google.com",
        "aud": AUDIENCE,
        "azp": "113774264463038321964",
        "sub": "113774264463038321964",
        "email": ACCOUNT,
        "email_verified": True,
        "iat": now,
        "exp": now + 3_600,
    }
    return {name: value for name, value in (members | changes).items() if value is not None}


def token(key: RSAPrivateKey = KEY, key_id: object = "k1", **changes: object) -> str:
    header = {} if key_id is None else {"kid": key_id}
    return jwt.encode(claims(**changes), key, algorithm="RS256", headers=header)


def part(document: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def tokens(keys: FakeKeys | None = None, clock: FakeClock | None = None) -> PushTokens:
    return PushTokens(keys or FakeKeys(), AUDIENCE, ACCOUNT, clock or FakeClock())


@pytest.mark.parametrize("issuer", ["https://accounts.google.com", "accounts.google.com"])
async def test_googles_token_for_our_account_and_audience_passes(issuer: str) -> None:
    await tokens().check(token(iss=issuer))


SECONDS = int(NOW.timestamp())


def signed_with_the_public_key() -> str:
    """The classic confusion: HMAC with the RSA public key, which everybody knows."""
    signed = f"{part({'alg': 'HS256', 'kid': 'k1'})}.{part(claims())}"
    algorithm = jwt.get_algorithm_by_name("HS256")
    secret = base64.b64encode(PUBLIC_PEM)
    signature = algorithm.sign(signed.encode(), algorithm.prepare_key(secret))
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


FORGED: Mapping[str, Callable[[], str | None]] = {
    "no token": lambda: None,
    "an empty one": lambda: "",
    "no token's shape": lambda: "a.b",
    "not ASCII": lambda: "ä.ö.ü",
    "endless": lambda: "a" * 10_000,
    "deeply nested": lambda: base64.urlsafe_b64encode(b"[" * 6_000).decode() + ".e30.e30",
    "no signature": lambda: token().rpartition(".")[0] + ".",
    "algorithm none": lambda: f"{part({'alg': 'none', 'kid': 'k1'})}.{part(claims())}.",
    "our public key as a secret": signed_with_the_public_key,
    "another RSA algorithm": lambda: jwt.encode(claims(), KEY, algorithm="RS512", headers={"kid": "k1"}),
    "probabilistic RSA": lambda: jwt.encode(claims(), KEY, algorithm="PS256", headers={"kid": "k1"}),
    "an unknown critical header": lambda: jwt.encode(
        claims(), KEY, algorithm="RS256", headers={"kid": "k1", "crit": ["x"], "x": 1}
    ),
    "an unknown key": lambda: token(OTHER_KEY, "k2"),
    "another key under a known id": lambda: token(OTHER_KEY),
    "no key id": lambda: token(key_id=None),
    "changed claims": lambda: with_claims_of(token(), claims(email="mallory@example.org")),
    "another issuer": lambda: token(iss="https://accounts.example.org"),
    "an issuer that begins like Google": lambda: token(iss="https://accounts.google.com.example.org"),
    "no issuer": lambda: token(iss=None),
    "another audience": lambda: token(aud="https://oqtopus.example.org"),
    "ours among other audiences": lambda: token(aud=[AUDIENCE, "https://example.org"]),
    "our audience in a list": lambda: token(aud=[AUDIENCE]),
    "no audience": lambda: token(aud=None),
    "another account": lambda: token(email="push@other.iam.gserviceaccount.com"),
    "the account in other letters": lambda: token(email=ACCOUNT.upper()),
    "no account": lambda: token(email=None),
    "an account that is not verified": lambda: token(email_verified=False),
    "an account that is verified in words": lambda: token(email_verified="true"),
    "an account that is verified by a number": lambda: token(email_verified=1),
    "no word on verification": lambda: token(email_verified=None),
    "expired": lambda: token(exp=SECONDS - 5),
    "without an end": lambda: token(exp=None),
    "an end in words": lambda: token(exp="9999999999"),
    "an endless end": lambda: token(exp=float("inf")),
    "an end that is true": lambda: token(exp=True),
    "without a beginning": lambda: token(iat=None),
    "from the future": lambda: token(iat=SECONDS + 6),
    "not yet valid": lambda: token(nbf=SECONDS + 6),
}


def with_claims_of(good: str, forged: Mapping[str, object]) -> str:
    header, _, signature = good.split(".")
    return f"{header}.{part(forged)}.{signature}"


@pytest.mark.parametrize("forged", FORGED)
async def test_no_other_token_passes(forged: str) -> None:
    bearer = FORGED[forged]()

    with pytest.raises(Unauthenticated):
        await tokens().check(bearer)


async def test_a_refusal_is_logged_by_its_rule_and_without_the_token(caplog: pytest.LogCaptureFixture) -> None:
    forged = token(email="mallory@example.org")

    with pytest.raises(Unauthenticated) as refusal:
        await tokens().check(forged)

    [record] = caplog.records
    assert (record.getMessage(), vars(record)["oqtopus"]) == ("push_refused", {"rule": "account"})
    assert "account" not in str(refusal.value)


@pytest.mark.parametrize("changes", [{"exp": SECONDS - 4}, {"iat": SECONDS + 5}, {"nbf": SECONDS + 5}])
async def test_clocks_may_differ_by_five_seconds(changes: dict[str, object]) -> None:
    await tokens().check(jwt.encode(claims(**changes), KEY, algorithm="RS256", headers={"kid": "k1"}))

    assert timedelta(seconds=5) >= LEEWAY


async def test_a_token_is_verified_once_and_known_until_it_expires() -> None:
    keys, clock = FakeKeys(), FakeClock()
    checked, bearer = tokens(keys, clock), token()

    await checked.check(bearer)
    clock.advance(timedelta(minutes=59))
    await checked.check(bearer)

    assert keys.asked == ["k1"]
    clock.advance(timedelta(minutes=1, seconds=5))
    with pytest.raises(Unauthenticated):
        await checked.check(bearer)


async def test_a_refused_token_is_not_known_the_second_time() -> None:
    checked, bearer = tokens(), token(OTHER_KEY)

    for _ in range(2):
        with pytest.raises(Unauthenticated):
            await checked.check(bearer)


async def test_the_known_tokens_are_bounded() -> None:
    keys = FakeKeys()
    checked, oldest = tokens(keys), token(jti="oldest")
    await checked.check(oldest)
    for number in range(MAX_KNOWN):
        await checked.check(token(jti=str(number)))
    keys.asked.clear()

    await checked.check(oldest)

    assert keys.asked == ["k1"]


async def test_nothing_passes_while_the_keys_cannot_be_had() -> None:
    with pytest.raises(Unavailable):
        await tokens(FakeKeys(is_away=True)).check(token())


@pytest.mark.parametrize(("audience", "account", "named"), [("", ACCOUNT, "PUSH_AUDIENCE"), (AUDIENCE, "", "PUSH_ACC")])
def test_nobody_is_believed_before_it_is_said_who(audience: str, account: str, named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        PushTokens(FakeKeys(), audience, account, FakeClock())
