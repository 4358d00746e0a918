"""What the README shows of the command and the Python client, run as it stands there against a running system."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.e2e.conftest import RunningAgent
from tests.fakes.command import ROOT, Installed
from tests.fakes.system import System, free_row, running, stop

README = (ROOT / "README.md").read_text(encoding="utf-8")
PASSWORD = "a long enough passphrase"


def blocks(heading: str, language: str) -> list[str]:
    """The blocks of a language below a heading."""
    section = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


def filled(text: str, places: Mapping[str, str]) -> str:
    for name, value in places.items():
        text = text.replace(name, value)
    return text


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running(tmp_path_factory.mktemp("demo"), DEMO="1", DEMO_PORT=str(free_row(3))) as started:
        yield started


def test_the_examples_of_a_terminal_run(demo: System, tmp_path: Path) -> None:
    [_, script] = blocks("From a terminal", "sh")

    with Installed(tmp_path, demo.url).in_shell(script) as terminal:
        terminal.read_until("Password: ")
        terminal.type(f"{PASSWORD}\n")
        status = terminal.read_to_end()

    assert status == 0, terminal.output
    shown = terminal.screen.text
    assert "✓ Film guide answered" in shown
    assert '{"type": "final", "data": "json.loads(' in terminal.output
    assert "Signed in to" in shown
    assert "1,000 of 1,000 searches" in shown.partition("Signed in")[2]
    assert "[1] Fuel economy guide" in shown
    assert "Signed out of" in shown


@pytest.mark.parametrize("place", [0, 1], ids=["blocking", "coroutines"])
def test_the_examples_of_python_run(demo: System, place: int) -> None:
    program = blocks("From Python", "python")[place].replace("http://127.0.0.1:8080", demo.url)

    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=60, check=True
    )

    expected = [("(Film guide has answered)", "[1] Film guide"), ("mpg", "json.loads")][place]
    assert all(words in ran.stdout for words in expected), ran.stdout


def test_the_examples_of_an_agents_owner_run(
    system: System, start_agent: Callable[..., RunningAgent], tmp_path: Path
) -> None:
    [script] = [block for block in blocks("Bring your agent", "sh") if "oqtopus agents" in block]
    command = Installed(tmp_path, system.url)
    command.piped("login", "--new", "owner@example.org", "--password-stdin", given=PASSWORD)
    agent = start_agent("cars")
    told = []

    for line in re.sub(r" +#.*", "", script).replace("\\\n", "").splitlines():
        if "--activate" in line:
            stop(agent.process)
            agent = start_agent("cars")
        agent_id = command.piped("agents", "list").stdout.partition("\t")[0]
        places = {"http://127.0.0.1:9601": agent.url, "AGENT_ID": agent_id, "authorized_keys": str(agent.keys)}
        with command.in_shell(filled(line, places)) as terminal:
            assert terminal.read_to_end() == 0, terminal.output
        told.append(terminal.screen.text)

    assert told[1] == "My agent is active."
    assert told[3] == "Key 2 signs the calls of My agent."
    assert "days: calls" in told[4]
    assert told[5].endswith("and its keys are gone.")
