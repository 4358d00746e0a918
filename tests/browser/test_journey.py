"""An owner's whole way, on the embedded system and on Google's emulators."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.template_agent import TemplateAgent
from tests.browser.visitor import Visitor
from tests.fakes.system import System

QUESTION = "Where is the best bakery for croissants?"


@pytest.mark.parametrize("mode", ["system", "cloud"])
def test_an_agent_from_sign_up_to_delete(
    mode: str,
    request: pytest.FixtureRequest,
    new_visitor: Callable[..., Visitor],
    new_template_agent: Callable[[int], TemplateAgent],
) -> None:
    system: System = request.getfixturevalue(mode)
    visitor, agent = new_visitor(system), new_template_agent(0)
    page = visitor.page
    agent.install(system.url)

    visitor.sign_up()
    visitor.register_agent(agent.url)
    key = visitor.download(page.get_by_role("link", name="Download oqtopus.pem"), agent.keys)
    assert key.read_text(encoding="utf-8").startswith("-----BEGIN PUBLIC KEY-----")
    page.get_by_role("button", name="Verify now").click()
    expect(page.locator("#probes .is-bad")).to_have_count(2)
    agent.start()
    page.get_by_role("button", name="Verify now").click()
    expect(page.locator("#probes .is-good")).to_have_count(2)
    expect(page.locator("#chips")).to_contain_text("Active")

    _ask(visitor)
    _exchange_the_key(visitor, agent, key)
    _delete(visitor)


def _ask(visitor: Visitor) -> None:
    page = visitor.page
    visitor.ask(QUESTION)
    expect(visitor.cards).to_have_count(1)
    expect(visitor.cards.first).to_contain_text("Bakery guide")
    expect(visitor.cards.first.locator("time")).to_contain_text("ms")
    expect(visitor.answer).to_contain_text(f"This is where the answer to “{QUESTION}” goes")
    expect(page.locator("#after")).to_contain_text("1 source")


def _exchange_the_key(visitor: Visitor, agent: TemplateAgent, key: Path) -> None:
    page = visitor.page
    page.goto("/agents")
    page.get_by_role("link", name="Bakery guide").click()
    expect(page.get_by_role("img", name="0 failed")).to_be_visible()
    page.get_by_role("tab", name="By the day").click()
    expect(page.locator("#panel-days").get_by_role("img", name="0 failed")).to_be_visible()
    page.get_by_role("button", name="Make a new key").click()
    expect(page.get_by_role("button", name="Use the new key")).to_be_visible()
    page.get_by_role("button", name="Use the new key").click()
    expect(page.locator("#keys-trouble")).to_contain_text("The properly signed probe must be answered")
    new_key = visitor.download(page.locator("#keys").get_by_role("link", name="Download oqtopus.pem"), agent.keys)
    assert new_key == key
    agent.stop()
    agent.start()
    page.get_by_role("button", name="Use the new key").click()
    expect(page.locator("#keys")).to_contain_text("Version 2 signs our calls.")
    expect(page.locator("#keys")).to_contain_text("The key before can still be used until")


def _delete(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("button", name="Delete it").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", level=1, name="Bakery guide")).to_be_visible()
    page.get_by_role("button", name="Delete it").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("You have no agent yet.")).to_be_visible()
