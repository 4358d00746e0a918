"""The command, and a server that plays a script for it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.fakes.api_server import ApiServer, Gate, api_serving
from tests.fakes.command import Installed


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with api_serving() as server:
        yield server


@pytest.fixture
def command(api: ApiServer, tmp_path: Path) -> Installed:
    return Installed(tmp_path, api.url)


@pytest.fixture
def gate() -> Iterator[Gate]:
    """A place where a stream stops until the test opens it."""
    with closing(Gate()) as made:
        yield made
