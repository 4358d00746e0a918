"""The auth function with a clock that tests move, an Argon2 that counts, and its mails by way of notify."""

from dataclasses import replace

import httpx
import pytest

from oqtopus.bootstrap import Services
from oqtopus.config import MailSettings, Settings
from oqtopus.security.passwords import PasswordHasher
from tests.conftest import ClientOf
from tests.fakes.bus_account import Bus, new_signer, push_settings
from tests.fakes.clock import FakeClock
from tests.fakes.counting_argon2 import CountingArgon2
from tests.fakes.mailers import ScriptedMailer
from tests.fakes.post import Post


@pytest.fixture
def engine() -> CountingArgon2:
    return CountingArgon2()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, public_url="https://oqtopus.example.org")


@pytest.fixture
def mailing(services: Services) -> None:
    """A mailer is configured, so addresses are to be shown."""
    services.settings = replace(services.settings, mail=MailSettings("smtp", "us@oqtopus.example.org", "secret"))


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


@pytest.fixture
def post(services: Services, clock: FakeClock, client_of: ClientOf) -> Post:
    """Only tests that ask for it pay for the key that signs its pushes."""
    signer, mailer = new_signer(), ScriptedMailer()
    services.settings = replace(services.settings, push=push_settings(signer))
    services.mailer = mailer
    services.bus = post = Post(Bus(client_of("notify"), signer, clock, "notify.account.mail"), mailer)
    return post
