"""What tests of several functions share: settings on a temporary home, services, and a function's real application."""

import gc
import importlib
import logging
import os
import re
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import httpx
import pytest
from functions_framework.aio import create_asgi_app_from_module

from oqtopus.bootstrap import Services, using
from oqtopus.config import Settings
from oqtopus.security.passwords import PasswordHasher, argon2id
from tests import scheduling
from tests.fakes.clock import FakeClock
from tests.fakes.embedded import shared_embedded_model
from tests.fakes.emulators import emulators

__all__ = ["emulators"]

ClientOf = Callable[[str], httpx.AsyncClient]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The embedded mode with the defaults of everything that has one."""
    return Settings.from_environ(
        {
            "APP_ENV": "development",
            "OQTOPUS_HOME": str(tmp_path),
            "SECRET_KEY": "a secret key for tests only",
            "PK_ENCRYPTION_SALT": "a salt for tests only",
        }
    )


@pytest.fixture
def clock() -> FakeClock:
    """A clock that a test moves; give it to `services.clock` before the first use."""
    return FakeClock()


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    """The embedded services, seen by every function while the test runs; password hashes are cheap ones."""
    embedded = Services(settings)
    embedded.embedded = shared_embedded_model()
    embedded.passwords = PasswordHasher(argon2id(memory_kib=8, rounds=1))
    with using(embedded):
        yield embedded
    embedded.close()


@pytest.fixture
def client_of(services: Services) -> ClientOf:
    """A client of a function by name, through the functions-framework application that is deployed."""
    return client_of_function


def client_of_function(name: str) -> httpx.AsyncClient:
    module = importlib.import_module(f"functions.{name}.main")
    application = create_asgi_app_from_module(  # type: ignore[no-untyped-call]  # The framework leaves it untyped.
        name, module.__file__, "http", module, None
    )
    transport = httpx.ASGITransport(application, client=("203.0.113.7", 50_000))
    return httpx.AsyncClient(transport=transport, base_url="https://oqtopus.test")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: scheduling.rank(item.nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> scheduling.ScopeScheduling | None:
    return scheduling.ScopeScheduling(config, log) if config.getoption("dist") == "loadscope" else None


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Credentials are made anew in each process, and all workers must know a test by the same name."""
    return argname if isinstance(val, str) and re.search(r"oq[a-z]_\w{40}", val, re.IGNORECASE) else None


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """A test that starts a process's services sets its logging up; the next one is to see what is logged."""
    loggers = [logging.getLogger(name) for name in ("oqtopus", "uvicorn")]
    before = [(logger, logger.handlers, logger.level, logger.propagate) for logger in loggers]
    yield
    for logger, handlers, level, propagate in before:
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


@pytest.fixture(autouse=True)
def nothing_is_kept_for_good() -> Iterator[None]:
    """A process that has loaded its models freezes what it holds, once; here each search's whole scene would stay."""
    yield
    gc.unfreeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test has logged may hold half a surrogate pair, which no worker could send to whoever collects reports."""
    report = yield
    report.sections = [(name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections]
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where nothing may be left out (`.ci/run`), a skipped test fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("OQTOPUS_NO_SKIPS") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each thing that is missing on this machine, so that nobody takes a short run for a whole one."""
    reasons = Counter(str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", []))
    for reason, count in reasons.items():
        terminalreporter.write_line(f"{count} tests left out: {reason.removeprefix('Skipped: ')}")
