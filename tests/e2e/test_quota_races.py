"""Many searches at once over HTTP: exactly those within the quota pass, whatever the store (Q2)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from oqtopus.bootstrap import Services
from oqtopus.config import Settings
from oqtopus.domain.accounts import Account, AccountId, ApiToken, Scope, TokenId
from oqtopus.security.credentials import CredentialKind, digest, hint, new_secret
from tests.fakes.emulators import new_project
from tests.fakes.system import System, running

AT_ONCE = 20
LIMIT = 5


@dataclass(frozen=True, slots=True)
class Installation:
    """Settings that several systems share, and with them their store."""

    home: Path
    environ: dict[str, str]

    async def token(self, name: str) -> str:
        """The secret of an API token of a new user."""
        secret, now = new_secret(CredentialKind.TOKEN), datetime.now(UTC)
        user, end = AccountId(name), now.replace(year=2100)
        kept = ApiToken(TokenId(name), digest(secret), user, "t", hint(secret), Scope.SEARCH, now, end)
        services = Services(Settings.from_environ(self.environ | {"OQTOPUS_HOME": str(self.home)}))
        await services.accounts.add(Account(user, f"{name}@example.com", name, "", now, verified_at=now))
        await services.sessions.add_token(kept, 10, now)
        await services.aclose()
        return secret


@pytest.fixture(params=["sqlite", "firestore"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Installation:
    environ = {
        "APP_ENV": "development",
        "SECRET_KEY": "a secret key for tests only",
        "PK_ENCRYPTION_SALT": "a salt for tests only",
        "QUOTA_USER_PER_DAY": str(LIMIT),
        "QUOTA_GUEST_PER_DAY": "1",
    }
    if request.param == "firestore":
        environ |= {"STORE": "firestore", "PK_STORAGE_TYPE": "local", "GOOGLE_CLOUD_PROJECT": new_project()}
        environ["FIRESTORE_EMULATOR_HOST"] = request.getfixturevalue("emulators")["FIRESTORE_EMULATOR_HOST"]
    return Installation(tmp_path / "home", environ)


@asynccontextmanager
async def clients(*systems: System) -> AsyncIterator[Sequence[httpx.AsyncClient]]:
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(httpx.AsyncClient(base_url=system.url, trust_env=False, timeout=60))
            for system in systems
        ]


async def statuses(count: int, *systems: System, **headers: str) -> Counter[int]:
    """How that many searches at once end, spread over the systems; those that pass must end in a `final`."""
    async with clients(*systems) as https:
        ask = [
            https[place % len(https)].post("/v1/search", json={"query": "?"}, headers=headers) for place in range(count)
        ]
        replies = await asyncio.gather(*ask)
    assert all('"type":"final"' in reply.text for reply in replies if reply.status_code == 200)
    return Counter(reply.status_code for reply in replies)


async def test_of_twenty_at_once_exactly_the_five_that_are_left_pass_also_after_a_restart(
    installation: Installation,
) -> None:
    ada, bob = await installation.token("ada"), await installation.token("bob")

    with running(installation.home, **installation.environ) as system:
        before = await statuses(AT_ONCE, system, Authorization=f"Bearer {ada}")
        partly = await statuses(2, system, Authorization=f"Bearer {bob}")
    with running(installation.home, **installation.environ) as system:
        after = await statuses(AT_ONCE, system, Authorization=f"Bearer {ada}")
        rest = await statuses(AT_ONCE, system, Authorization=f"Bearer {bob}")

    assert before == {200: LIMIT, 429: AT_ONCE - LIMIT}
    assert partly == {200: 2}
    assert after == {429: AT_ONCE}
    assert rest == {200: LIMIT - 2, 429: AT_ONCE - LIMIT + 2}


async def test_two_instances_on_one_store_let_a_guest_pass_once(installation: Installation, tmp_path: Path) -> None:
    is_shared = "STORE" in installation.environ
    with ExitStack() as stack:
        homes = [installation.home, tmp_path / "other" if is_shared else installation.home]
        systems = [stack.enter_context(running(home, **installation.environ)) for home in homes]

        found = await statuses(10, *systems)

    assert found == {200: 1, 429: 9}


async def test_one_key_at_two_instances_is_charged_once(installation: Installation, tmp_path: Path) -> None:
    ada = await installation.token("ada")
    is_shared = "STORE" in installation.environ
    headers = {"Authorization": f"Bearer {ada}", "Idempotency-Key": "one"}
    with ExitStack() as stack:
        homes = [installation.home, tmp_path / "other" if is_shared else installation.home]
        systems = [stack.enter_context(running(home, **installation.environ)) for home in homes]

        at_once = await statuses(10, *systems, **headers)
        async with clients(*systems) as https:
            replies = [await http.post("/v1/search", json={"query": "?"}, headers=headers) for http in https]

    assert set(at_once) <= {200, 409}
    assert [reply.headers["idempotent-replayed"] for reply in replies] == ["true", "true"]
    assert {reply.headers["ratelimit"].split(";")[1] for reply in replies} == {f"r={LIMIT - 1}"}
