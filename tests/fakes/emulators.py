"""The real emulators, started once a test session, and the environment that reaches them."""

import itertools
import os
from collections.abc import Iterator

import pytest

from infra.emulators.processes import Ports, running_emulators
from infra.emulators.sdk import EmulatorsMissing, find_sdk
from tests.fakes.system import free_ports

_numbers = itertools.count(1)


def new_project() -> str:
    """A project nobody else uses: it isolates a test's data in shared emulators."""
    return f"demo-{os.getpid()}-{next(_numbers)}"


@pytest.fixture(scope="session")
def emulators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The variables that reach the running emulators; skips where the SDK or Java is missing."""
    try:
        find_sdk()
    except EmulatorsMissing as missing:
        pytest.skip(str(missing))
    firestore, pubsub, secret_manager = free_ports(3)
    with running_emulators(Ports(firestore, pubsub, secret_manager), tmp_path_factory.mktemp("emulators")) as environ:
        yield environ
