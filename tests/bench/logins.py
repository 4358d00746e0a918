"""Benchmark of A3: a wrong login takes as long for an address of somebody as for one of nobody."""

import asyncio
import logging
import statistics
import tempfile
import time
from collections.abc import Iterator

import httpx

from oqtopus.bootstrap import Services, using
from oqtopus.config import Settings, Throttles
from oqtopus.domain.accounts import AccountId
from tests.bench.figures import Figure
from tests.conftest import client_of_function

_PAIRS = 60
_KNOWN, _UNKNOWN, _SUSPENDED = "ada@example.org", "nobody@example.org", "eve@example.org"
_PASSWORD = "correct horse battery"


def logins() -> Iterator[Figure]:
    """Through the application that is deployed, with the hashes of production; taken by turns, medians compared."""
    logging.getLogger("oqtopus").setLevel(logging.ERROR)  # Each refused login would write a line to the terminal.
    medians = asyncio.run(_medians())
    for name, email in (("known", _KNOWN), ("suspended", _SUSPENDED)):
        ratio = medians[email] / medians[_UNKNOWN]
        yield Figure(f"wrong login, {name} to unknown address", ratio, "x", 1.43)
        yield Figure(f"wrong login, {name} to unknown address", ratio, "x", 0.7, "at_least")


async def _medians() -> dict[str, float]:
    """Milliseconds of a refused login, by address."""
    with tempfile.TemporaryDirectory(prefix="oqtopus-bench-") as home:
        services = Services(_settings(home))
        with using(services):
            async with client_of_function("auth") as http:
                await _populate(http, services)
                times = await _timed(http)
        await services.aclose()
    return {email: statistics.median(spent) for email, spent in times.items()}


def _settings(home: str) -> Settings:
    """Development, without the limits that would end the measuring after ten tries."""
    lifted = {f"{name.upper()}_LIMIT": "1000000" for name in Throttles.__dataclass_fields__}
    secrets = {"SECRET_KEY": "a secret key for benchmarks", "PK_ENCRYPTION_SALT": "a salt for benchmarks"}
    return Settings.from_environ({"APP_ENV": "development", "OQTOPUS_HOME": home, **secrets, **lifted})


async def _populate(http: httpx.AsyncClient, services: Services) -> None:
    for email in (_KNOWN, _SUSPENDED):
        made = await http.post("/v1/accounts", json={"email": email, "password": _PASSWORD})
    await services.accounts.set_suspended(AccountId(made.json()["id"]), is_suspended=True)


async def _timed(http: httpx.AsyncClient) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {_KNOWN: [], _UNKNOWN: [], _SUSPENDED: []}
    for _ in range(_PAIRS):
        for email, spent in times.items():
            # A suspended account is refused with the right password, or there would be nothing to tell.
            password = _PASSWORD if email == _SUSPENDED else "wrong password"
            started = time.perf_counter()
            reply = await http.post("/v1/sessions", json={"email": email, "password": password})
            spent.append((time.perf_counter() - started) * 1_000)
            if reply.status_code != 401:
                raise SystemExit(f"A login that must be refused was answered {reply.status_code}.")
    return times
