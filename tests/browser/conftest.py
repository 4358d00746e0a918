"""One system and one browser for all tests of the pages; a new visitor for each.

They end with this package and not with the session: while it runs, Playwright has an event loop of its own in the
thread that other tests want to run theirs in.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from tests.browser.template_agent import TemplateAgent
from tests.browser.visitor import Visitor
from tests.browser.watching import Watch
from tests.fakes.chromium import FLAGS, MISSING, chromium_program
from tests.fakes.system import System, free_ports, free_row, running

SIZES: Mapping[str, ViewportSize] = {
    "desktop": {"width": 1280, "height": 900},
    "phone": {"width": 390, "height": 844},
}


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    program = chromium_program()
    if program is None:
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield launched
        launched.close()


@pytest.fixture(scope="package")
def agent_ports() -> list[int]:
    return free_ports(4)


@pytest.fixture(scope="package")
def system(browser: Browser, tmp_path_factory: pytest.TempPathFactory, agent_ports: list[int]) -> Iterator[System]:
    """oqtopus with its demo agents, which lets visitors register agents on `agent_ports`."""
    origins = ",".join(f"http://127.0.0.1:{port}" for port in agent_ports)
    settings = {"DEMO": "1", "DEMO_PORT": str(free_row(3)), "ALLOWED_AGENT_ORIGINS": origins}
    with running(tmp_path_factory.mktemp("system"), AGENT_DEADLINE_SECONDS="3", **settings) as started:
        yield started


@pytest.fixture(scope="package")
def cloud(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, agent_ports: list[int], emulators: dict[str, str]
) -> Iterator[System]:
    """The same on Google's emulators, each function in a process of its own, without the demo agents."""
    origins = ",".join(f"http://127.0.0.1:{port}" for port in agent_ports)
    settings = {"ALLOWED_AGENT_ORIGINS": origins, "EMULATOR_PORT": str(free_row(3))}
    with running(tmp_path_factory.mktemp("cloud"), "infra.run_emulators", **settings) as started:
        yield started


@pytest.fixture
def new_visitor(browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors of a system; each has a browser profile of its own, and must have met with nothing bad."""
    with ExitStack() as stack:

        def make(system: System, *, size: str = "desktop") -> Visitor:
            context = browser.new_context(
                base_url=system.url, viewport=SIZES[size], color_scheme="light", reduced_motion="reduce"
            )
            context.grant_permissions(["clipboard-read", "clipboard-write"])
            context.set_default_timeout(15_000)
            stack.callback(context.close)
            watch = Watch(system.url)
            watch.over(context)
            stack.callback(watch.assert_nothing_happened)
            return Visitor(context.new_page(), watch, system)

        yield make


@pytest.fixture
def visitor(new_visitor: Callable[..., Visitor], system: System) -> Visitor:
    """A guest of the system, at a desktop."""
    return new_visitor(system)


@pytest.fixture
def new_template_agent(tmp_path: Path, agent_ports: list[int]) -> Iterator[Callable[[int], TemplateAgent]]:
    """Makes the agent that pages offer to copy, for one of the allowed ports; it is not installed yet."""
    with ExitStack() as stack:

        def make(place: int) -> TemplateAgent:
            agent = TemplateAgent(agent_ports[place], tmp_path / "agent")
            stack.callback(agent.stop)
            return agent

        yield make
