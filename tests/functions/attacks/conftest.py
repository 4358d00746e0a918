"""An installation at an https address, with people in it whom the tests attack."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from oqtopus.bootstrap import Services
from oqtopus.config import Settings
from tests.conftest import ClientOf
from tests.fakes.clock import FakeClock
from tests.functions.attacks.scene import SITE, Scene


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, public_url=SITE)


@pytest.fixture
async def scene(services: Services, client_of: ClientOf, clock: FakeClock) -> AsyncIterator[Scene]:
    async with Scene(services, client_of, clock) as scene:
        yield scene
