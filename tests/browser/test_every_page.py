"""Each page, at a desktop and on a phone, in light and in dark: accessible, within its width, and as people see it.

The pictures are kept in `build/screenshots`, to be looked at.
"""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.streams import agent, final, play, refuse, source, stream
from tests.browser.visitor import FILM, Visitor
from tests.browser.watching import evaluated
from tests.fakes.system import System

FIRST_LOAD_BYTES = 100_000
PICTURES = Path("build/screenshots")
FOR_GUESTS = ("/", "/catalogue", "/login", "/signup", "/reset", "/verify", "/contact", "/developers", "/reference")
FOR_MEMBERS = ("/agents", "/agents/new", "/tokens", "/account")
SENTENCES = (
    "Heat (1995) is a crime film by Michael Mann [1][3]. ",
    "It stars Al Pacino and Robert De Niro, who share one scene at a table [1]. ",
    "It took 187 million dollars at cinemas [3]. ",
    "Many call it the best film of its kind.",
)

SCHEMES: tuple[tuple[Literal["light", "dark"], tuple[str, ...]], ...] = (("light", ()), ("dark", ("color-contrast",)))
"""Every rule is judged in light; what dark changes is the contrast."""

sizes = pytest.mark.parametrize("size", ["desktop", "phone"])


def look(visitor: Visitor, name: str, size: str) -> list[str]:
    """Takes the pictures of the page as it is, and says what is wrong with it."""
    page, faults = visitor.page, []
    visitor.watch.settle(page)
    for scheme, rules in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        # The reference is as long as forty screens, which all look alike.
        page.screenshot(path=PICTURES / f"{name}-{size}-{scheme}.png", full_page=name != "reference")
        faults += [f"{name}, {scheme}: {fault}" for fault in violations(page, *rules)]
    page.emulate_media(color_scheme="light")
    if evaluated(page, "document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        faults.append(f"{name}: wider than a {size}")
    return faults


def test_asking_takes_less_than_a_hundred_kilobytes(visitor: Visitor) -> None:
    received: list[float] = []
    network = visitor.page.context.new_cdp_session(visitor.page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))

    visitor.ask(FILM)
    visitor.watch.settle(visitor.page)

    assert len(received) > 10
    assert sum(received) <= FIRST_LOAD_BYTES


@sizes
def test_pages_for_guests(new_visitor: Callable[..., Visitor], system: System, size: str) -> None:
    visitor, faults = new_visitor(system, size=size), []

    for path in FOR_GUESTS:
        visitor.page.goto(path)
        faults += look(visitor, path.strip("/") or "ask", size)
    for path in ("verify", "reset"):
        visitor.page.goto("/contact")
        visitor.page.goto(f"/{path}#oqm_a")
        faults += look(visitor, f"{path}-link", size)

    assert faults == []


@sizes
def test_pages_for_members(
    new_visitor: Callable[..., Visitor], system: System, size: str, agent_ports: list[int]
) -> None:
    visitor, faults = new_visitor(system, size=size), []
    page = visitor.page

    visitor.sign_up()
    page.goto("/agents")
    faults += look(visitor, "agents-none", size)
    visitor.register_agent(f"http://127.0.0.1:{agent_ports[3]}")
    page.get_by_role("button", name="Verify now").click()
    expect(page.locator("#probes .is-bad")).to_have_count(2)
    page.get_by_role("button", name="Make a new key").click()
    expect(page.get_by_role("button", name="Use the new key")).to_be_visible()
    page.get_by_text("Change it").click()
    faults += look(visitor, "agent", size)
    page.get_by_role("button", name="Delete it").click()
    faults += look(visitor, "agent-delete", size)
    page.get_by_role("button", name="Cancel").click()
    for path in FOR_MEMBERS:
        page.goto(path)
        faults += look(visitor, path.strip("/").replace("/", "-"), size)
    page.goto("/tokens")
    page.get_by_label("What is it for?").fill("my laptop")
    page.get_by_role("button", name="Make it").click()
    expect(page.locator("#secret-panel")).to_be_visible()
    faults += look(visitor, "tokens-new", size)

    assert faults == []


@sizes
def test_an_answer(new_visitor: Callable[..., Visitor], system: System, size: str) -> None:
    visitor, faults = new_visitor(system, size=size), []
    page = visitor.page
    places = [sum(map(len, SENTENCES[:count])) for count in range(len(SENTENCES) + 1)]
    spans = [{"start": start, "end": end} for start, end in pairwise(places)]
    quote = {"quote": {"start": 0, "end": 44}}
    sources = [
        source(1, name="Film guide", claims=[spans[0] | quote, spans[1] | quote]),
        source(3, name="Box office", claims=[spans[2] | quote]),
    ]
    disagreement = [
        {
            "agents": [1, 3],
            "kind": "number",
            "claims": [
                {"number": 1, "start": 0, "end": 9, "text": "It took 174 million dollars."},
                {"number": 3, "start": 0, "end": 9, "text": "It took 187 million dollars."},
            ],
        }
    ]
    last = final("".join(SENTENCES), sources, disagreement=disagreement)
    last["usage"]["unsupported"] = [spans[3]]
    guide = agent(
        1, "Heat is a crime film of 1995 by Michael Mann, with Al Pacino and Robert De Niro.", name="Film guide"
    )
    office = agent(3, "Heat took 187,436,818 dollars at cinemas, 120 million of them abroad.", name="Box office")
    play(page, stream(guide, agent(2, name="Cinema times"), office, last=last))

    visitor.ask("What is the film Heat about, and how did it do at cinemas?")
    faults += look(visitor, "answer", size)
    page.locator(".cite").first.focus()
    page.keyboard.press("Tab")
    faults += look(visitor, "answer-words", size)
    page.unroute("**/v1/search")
    refuse(page, 429, "quota-spent", "Spent.", **{"Retry-After": "7200"})
    visitor.ask(FILM)
    faults += look(visitor, "refused", size)

    assert faults == []
