"""The auth function with a clock that tests move and an Argon2 that counts."""

import httpx
import pytest

from oqtopus.bootstrap import Services
from oqtopus.security.passwords import PasswordHasher
from tests.conftest import ClientOf
from tests.fakes.clock import FakeClock
from tests.fakes.counting_argon2 import CountingArgon2


@pytest.fixture
def engine() -> CountingArgon2:
    return CountingArgon2()


@pytest.fixture
def client(
    services: Services,
    clock: FakeClock,
    engine: CountingArgon2,
    client_of: ClientOf,
) -> httpx.AsyncClient:
    services.clock = clock
    services.passwords = PasswordHasher(engine)
    return client_of("auth")
