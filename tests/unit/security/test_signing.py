"""Rules J1 to J3 and K2: what a signed call carries and how long a parsed key is kept."""

import asyncio
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from oqtopus.domain.agents import AgentId
from oqtopus.errors import KeyNotFound
from oqtopus.security import signing
from oqtopus.security.signing import AgentSignature, KeyRing, parsed_key

NOW = datetime(2026, 11, 22, 12, 0, 0, 900_000, UTC)
AGENT = AgentId("a1")


@cache
def private_key(size: int = 2_048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, size)


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@dataclass
class CountingVault:
    """A vault that answers when `opened` is set, and counts."""

    pem: str
    fetched: list[tuple[AgentId, str]] = field(default_factory=list)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    async def add(self, agent_id: AgentId, private_key_pem: str) -> str:
        return "1"

    async def private_key(self, agent_id: AgentId, version: str) -> str:
        self.fetched.append((agent_id, version))
        await self.opened.wait()
        if not self.pem:
            raise KeyNotFound("There is no such key.")
        return self.pem

    async def check(self) -> None:
        """Nothing to open."""

    async def aclose(self) -> None:
        """Nothing to close."""

    async def destroy(self, agent_id: AgentId) -> None: ...


@dataclass
class SetClock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def vault() -> CountingVault:
    vault = CountingVault(pem(private_key()))
    vault.opened.set()
    return vault


def token_of(body: bytes, token_id: str = "0f") -> str:
    return AgentSignature("films", private_key()).authorization(body, NOW, token_id).removeprefix("Bearer ")


def test_a_token_carries_the_claims_of_rotagent_and_no_others() -> None:
    body = b'{"query":"caf\\u00e9"}'

    claims = jwt.decode(
        token_of(body),
        private_key().public_key(),
        algorithms=["RS256"],
        options={"verify_exp": False, "verify_iat": False},
    )

    issued = int(NOW.timestamp())
    digest = hashlib.sha256(body).hexdigest()
    assert claims == {"iss": "films", "iat": issued, "exp": issued + 60, "jti": "0f", "content_sha256": digest}


def test_the_header_names_nothing_but_algorithm_and_type() -> None:
    assert jwt.get_unverified_header(token_of(b"{}")) == {"alg": "RS256", "typ": "JWT"}


def test_the_token_is_never_from_the_future() -> None:
    claims = jwt.decode(token_of(b"{}"), options={"verify_signature": False})

    assert claims["iat"] <= NOW.timestamp()


def test_the_private_key_is_not_in_the_representation() -> None:
    assert "private_key" not in repr(AgentSignature("films", private_key()))


@pytest.mark.parametrize(
    "text", ["", "no key", pem(private_key())[:-60], "-----BEGIN PRIVATE KEY-----\n\n-----END PRIVATE KEY-----"]
)
def test_a_broken_entry_of_the_vault_is_no_key(text: str) -> None:
    with pytest.raises(KeyNotFound):
        parsed_key(text)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(KeyNotFound):
        parsed_key(pem(private_key(1_024)))


def test_a_key_of_another_kind_is_refused() -> None:
    with pytest.raises(KeyNotFound):
        parsed_key(pem(ec.generate_private_key(ec.SECP256R1())))


async def test_concurrent_first_uses_fetch_once(vault: CountingVault) -> None:
    ring = KeyRing(vault, SetClock())

    keys = await asyncio.gather(*(ring.private_key(AGENT, "1") for _ in range(20)))

    assert len(vault.fetched) == 1
    assert len({id(key) for key in keys}) == 1


async def test_a_cancelled_caller_does_not_take_the_key_from_the_others(vault: CountingVault) -> None:
    vault.opened.clear()
    ring = KeyRing(vault, SetClock())
    leaving = asyncio.create_task(ring.private_key(AGENT, "1"))
    staying = asyncio.create_task(ring.private_key(AGENT, "1"))
    await asyncio.sleep(0)

    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    vault.opened.set()

    assert (await staying).key_size == 2_048
    assert len(vault.fetched) == 1


async def test_a_key_is_fetched_again_after_ten_minutes(vault: CountingVault) -> None:
    clock = SetClock()
    ring = KeyRing(vault, clock)

    for minutes in (0, 9, 10, 11):
        clock.now = NOW + timedelta(minutes=minutes)
        await ring.private_key(AGENT, "1")

    assert len(vault.fetched) == 2


async def test_a_new_version_is_another_key(vault: CountingVault) -> None:
    ring = KeyRing(vault, SetClock())

    await ring.private_key(AGENT, "1")
    await ring.private_key(AGENT, "2")

    assert vault.fetched == [(AGENT, "1"), (AGENT, "2")]


async def test_a_missing_key_is_told_to_each_caller_and_asked_for_again(vault: CountingVault) -> None:
    vault.pem = ""
    ring = KeyRing(vault, SetClock())

    outcomes = await asyncio.gather(*(ring.private_key(AGENT, "1") for _ in range(2)), return_exceptions=True)
    vault.pem = pem(private_key())

    assert [type(outcome) for outcome in outcomes] == [KeyNotFound, KeyNotFound]
    assert (await ring.private_key(AGENT, "1")).key_size == 2_048


async def test_the_ring_holds_a_bounded_number_of_keys(vault: CountingVault) -> None:
    ring = KeyRing(vault, SetClock())

    for number in range(signing.MAX_KEYS + 1):
        await ring.private_key(AgentId(str(number)), "1")
    await ring.private_key(AgentId(str(signing.MAX_KEYS)), "1")
    await ring.private_key(AgentId("0"), "1")

    assert len(vault.fetched) == signing.MAX_KEYS + 2
