"""One running system for the tests that share it, and agents beside it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.fakes.system import System, free_ports, free_row, running, stop, wait_for

PASSWORD = "a long enough passphrase"


@dataclass(frozen=True, slots=True)
class RunningAgent:
    """A demo agent in a process of its own, which trusts the keys in its folder."""

    url: str
    keys: Path
    process: "subprocess.Popen[bytes]"


@pytest.fixture(scope="session")
def agent_ports() -> list[int]:
    return free_ports(8)


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory, agent_ports: list[int]) -> Iterator[System]:
    """oqtopus with no agents, which lets tests register those on `agent_ports`."""
    origins = ",".join(f"http://127.0.0.1:{port}" for port in agent_ports)
    home = tmp_path_factory.mktemp("system")
    with running(home, ALLOWED_AGENT_ORIGINS=origins, AGENT_DEADLINE_SECONDS="2") as started:
        yield started


@pytest.fixture(scope="session")
def cloud(
    tmp_path_factory: pytest.TempPathFactory, agent_ports: list[int], emulators: dict[str, str]
) -> Iterator[System]:
    """The same on Google's emulators, each function in a process of its own; skipped where they are missing."""
    origins = ",".join(f"http://127.0.0.1:{port}" for port in agent_ports)
    limits = {"ALLOWED_AGENT_ORIGINS": origins, "AGENT_DEADLINE_SECONDS": "2", "EMULATOR_PORT": str(free_row(3))}
    home = tmp_path_factory.mktemp("cloud")
    with running(home, "infra.run_emulators", **limits) as started:
        yield started


@pytest.fixture(params=["system", "cloud"])
def any_system(request: pytest.FixtureRequest) -> System:
    """Every mode in turn."""
    system: System = request.getfixturevalue(request.param)
    return system


@pytest.fixture
def http(system: System) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=system.url, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def start_agent(agent_ports: list[int], tmp_path: Path) -> Iterator[Callable[..., RunningAgent]]:
    """Starts the demo agent of a name on one of the allowed ports; stops it after the test."""
    with ExitStack() as stack:

        def start(name: str = "cars", place: int = 0) -> RunningAgent:
            keys = tmp_path / f"{name}-{place}" / "authorized_keys"
            port = agent_ports[place]
            arguments = ["infra.demo.serve", name, "--port", str(port), "--keys-dir", str(keys)]
            process = subprocess.Popen([sys.executable, "-m", *arguments], stdout=subprocess.DEVNULL)
            stack.callback(stop, process)
            url = f"http://127.0.0.1:{port}"
            wait_for(f"{url}/healthz", process)
            return RunningAgent(url, keys, process)

        yield start
