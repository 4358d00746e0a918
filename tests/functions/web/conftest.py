import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from functions.web.main import site_at
from functions.web.service import Site
from oqtopus.bootstrap import Services, using
from oqtopus.config import Settings
from tests.conftest import client_of_function

ORIGIN = "https://oqtopus.example.org"


@pytest.fixture
def site() -> Site:
    return site_at(ORIGIN)


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of an installation that people reach at `ORIGIN`."""
    with using(Services(replace(settings, public_url=ORIGIN))):
        async with client_of_function("web") as http:
            http.headers["Accept-Encoding"] = "gzip"
            yield http


def attributes(html: str, name: str) -> list[str]:
    """The values of an attribute, wherever it stands."""
    return re.findall(rf'\s{name}="([^"]*)"', html)
