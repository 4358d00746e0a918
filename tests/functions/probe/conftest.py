"""Fixtures of the probe tests."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from infra.push_signer import PushSigner
from oqtopus.bootstrap import Services
from oqtopus.config import Settings
from oqtopus.domain.accounts import Account
from tests.conftest import ClientOf
from tests.fakes.bus_account import Bus, new_signer, push_settings
from tests.fakes.clock import FakeClock
from tests.functions.probe.world import OWNER, World


@pytest.fixture
def signer() -> PushSigner:
    return new_signer()


@pytest.fixture
def settings(settings: Settings, signer: PushSigner) -> Settings:
    return replace(settings, push=push_settings(signer))


@pytest.fixture
async def world(services: Services, clock: FakeClock, signer: PushSigner, client_of: ClientOf) -> AsyncIterator[World]:
    await services.accounts.add(Account(OWNER, "owner@example.org", "owner", "no hash", clock()))
    async with client_of("probe") as http:
        yield World(services, clock, Bus(http, signer, clock))
