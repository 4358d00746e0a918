"""Fixtures of the notify tests."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from infra.push_signer import PushSigner
from oqtopus.bootstrap import Services
from oqtopus.config import Settings
from tests.conftest import ClientOf
from tests.fakes.bus_account import Bus, new_signer, push_settings
from tests.fakes.clock import FakeClock
from tests.fakes.mailers import ScriptedMailer


@pytest.fixture
def signer() -> PushSigner:
    return new_signer()


@pytest.fixture
def settings(settings: Settings, signer: PushSigner) -> Settings:
    return replace(settings, push=push_settings(signer))


@pytest.fixture
def mailer(services: Services) -> ScriptedMailer:
    """The function's mailer; a test without it sends by the outbox of the embedded mode."""
    scripted = ScriptedMailer()
    services.mailer = scripted
    return scripted


@pytest.fixture
async def bus(services: Services, clock: FakeClock, signer: PushSigner, client_of: ClientOf) -> AsyncIterator[Bus]:
    services.clock = clock
    async with client_of("notify") as http:
        yield Bus(http, signer, clock, "notify.agent.suspended")
