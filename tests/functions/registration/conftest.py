"""Fixtures of the registration tests."""

from collections.abc import AsyncIterator, Iterator
from contextlib import closing

import pytest

from oqtopus.adapters.local_vault import LocalVault
from oqtopus.adapters.sqlite.database import Database
from oqtopus.bootstrap import DATABASE_NAME, Services, using
from oqtopus.config import Settings
from oqtopus.domain.accounts import Account
from oqtopus.ports import KeyVault
from tests.conftest import ClientOf
from tests.fakes.clock import FakeClock
from tests.functions.registration.world import ANNA, BERT, NamedCallers, World


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    embedded = NamedCallers(settings)
    with using(embedded):
        yield embedded
    embedded.close()


@pytest.fixture
def vault(settings: Settings) -> Iterator[KeyVault]:
    """The vault on the file of the services, opened at a low price."""
    with closing(Database(settings.home / DATABASE_NAME)) as database:
        yield LocalVault(database, settings.secret_key, settings.pk_encryption_salt, cost=2)


@pytest.fixture
async def world(services: Services, vault: KeyVault, clock: FakeClock, client_of: ClientOf) -> AsyncIterator[World]:
    for owner in (ANNA, BERT):
        await services.accounts.add(Account(owner, f"{owner}@example.org", owner, "no hash", clock()))
    async with client_of("registration") as http:
        yield World(services, vault, clock, http)
