"""What agents write is looked at in a real browser: nothing of it runs, asks for anything, or breaks a page (O5).

It is played to the pages as nobody filtered it, and then sent by a real agent through the system.
"""

import json
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import hostile
from tests.browser.streams import agent, final, play, source, stream
from tests.browser.visitor import Visitor
from tests.browser.watching import evaluated
from tests.e2e.test_bad_agents import TurncoatAgent

SECONDS = 5.0
ALLOWED = {
    *("A", "B", "BLOCKQUOTE", "BR", "CODE", "DEL", "EM", "HR", "LI", "OL", "P", "PRE", "S", "STRONG"),
    *("SPAN", "BUTTON", "TABLE", "TBODY", "TD", "TH", "THEAD", "TR", "UL"),
}
AGENT = {
    "id": "abc",
    "name": hostile.NAME,
    "url": "javascript:pwned=1",
    "categories": ["Movie", hostile.NAME],
    "description": hostile.ALL,
    "status": "active",
    "created_at": "2026-11-22T00:00:00Z",
    "verified_at": None,
    "health": {"success_rate": 1, "latency_ms": 5, "condition": hostile.NAME},
    "public": True,
    "orchestrator_id": "oqtopus",
    "key_version": hostile.NAME,
    "key_file_name": hostile.NAME,
    "public_key": "PEM",
    "keys": [{"version": hostile.NAME, "state": "staged", "public_key": "PEM"}],
    "changed_at": "2026-11-22T00:00:00Z",
}


def assert_harmless(visitor: Visitor, *places: Locator) -> None:
    """Nothing ran, nothing stands there that could, and every link says where it leads."""
    visitor.watch.settle(visitor.page)
    assert evaluated(visitor.page, "typeof pwned") == "undefined"
    for place in places:
        tags = place.locator("*").evaluate_all("(nodes) => nodes.map((node) => node.tagName)")
        assert set(tags) <= ALLOWED, set(tags) - ALLOWED
        handlers = place.locator("*").evaluate_all(
            "(nodes) => nodes.flatMap((node) => [...node.attributes].map(({ name }) => name))"
        )
        assert not [name for name in handlers if name.startswith("on") or name in ("style", "src", "srcset", "ping")]
        for link in place.locator("a[href]").all():
            assert (link.get_attribute("href") or "").startswith("https://")
            assert link.get_attribute("rel") == "noopener noreferrer nofollow ugc"
    visitor.watch.assert_nothing_happened()


def test_a_hostile_answer_is_only_read(visitor: Visitor) -> None:
    reference = {"title": hostile.NAME, "url": "javascript:pwned=1"}
    answered = agent(1, hostile.ALL, name=hostile.NAME)
    answered["result"]["sources"] = [reference, {"title": "A", "url": "https://evil.example/a"}]
    claims = [
        {"start": 0, "end": 900, "quote": {"start": 0, "end": 900}},
        {"start": 5, "end": -1},
        {"start": 7, "end": 1e9},
    ]
    dispute = [{"agents": [], "claims": [{"number": 1, "start": 0, "end": 1, "text": hostile.ALL}], "kind": "x"}]
    last = final(hostile.ALL, [source(1, name=hostile.NAME, claims=claims)], disagreement=dispute)
    error = {"type": "error", "data": {"code": "odd", "detail": hostile.ALL}}
    pieces = [hostile.ALL[start : start + 7] for start in range(0, len(hostile.ALL), 7)]
    play(visitor.page, stream(answered, last=last, deltas=pieces, errors=[error]))

    visitor.ask(hostile.ALL[:1_900])
    visitor.page.get_by_text("The whole answer").click()
    visitor.page.locator(".cite").first.hover()

    expect(visitor.page.get_by_role("tooltip")).to_contain_text("<script>")
    assert_harmless(
        visitor, visitor.answer, visitor.cards.first.locator(".prose"), visitor.page.locator(".disagreement ul")
    )
    visitor.page.reload()
    visitor.page.locator("#past button").click()
    assert_harmless(visitor, visitor.answer)


def test_a_link_shows_the_host_that_it_leads_to(visitor: Visitor) -> None:
    play(
        visitor.page,
        stream(last=final("[https://bank.example](https://evil.example/login) [a](https://аpple.example)")),
    )

    visitor.ask("Anything?")

    links = visitor.answer.get_by_role("link").all_text_contents()
    assert links == ["https://bank.example (evil.example)", "a (xn--pple-43d.example)"]


def test_a_huge_answer_holds_nothing_up(visitor: Visitor) -> None:
    took: dict[str, float] = {}
    overflow: dict[str, int] = {}
    visitor.page.goto("/")

    for name, text in hostile.HUGE.items():
        visitor.page.unroute("**/v1/search")
        play(visitor.page, stream(agent(1, text), last=final(text, [source(1)], usage={"model": name})))
        began = time.monotonic()
        visitor.ask(f"Anything about {name}?")
        expect(visitor.page.locator("#after")).to_contain_text(f"1 source · written by {name}")
        took[name] = time.monotonic() - began
        width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        overflow[name] = evaluated(visitor.page, width)

    assert max(took.values()) < SECONDS, took
    assert set(overflow.values()) == {0}, overflow
    assert_harmless(visitor, visitor.answer)


@pytest.mark.parametrize("path", ["/catalogue", "/agents", "/agents/abc"])
def test_a_hostile_agent_is_only_shown(visitor: Visitor, path: str) -> None:
    page = visitor.page
    visitor.sign_up()
    body = json.dumps(AGENT if path.endswith("abc") else {"agents": [AGENT]})
    page.route("**/v1/agents**", lambda route: route.fulfill(status=200, content_type="application/json", body=body))
    page.route("**/v1/agents/abc/health", lambda route: route.fulfill(status=503))
    page.route("**/v1/agents/abc", lambda route: route.fulfill(status=200, content_type="application/json", body=body))

    page.goto(path)
    expect(page.get_by_text("<script>").first).to_be_visible()

    visitor.watch.settle(page)
    assert evaluated(page, "typeof pwned") == "undefined"
    assert page.locator("main :is(img, iframe, script, style, object, embed, form form)").count() == 0
    assert not [
        link for link in page.locator("main a").all() if not (link.get_attribute("href") or "").startswith(("/", "#"))
    ]


@pytest.fixture
def hostile_agent(agent_ports: list[int]) -> Iterator[TurncoatAgent]:
    body = json.dumps(
        {"answer": hostile.ALL, "sources": [{"title": hostile.NAME, "url": "javascript:pwned=1"}]}
    ).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    agent = TurncoatAgent(agent_ports[2], head.encode() + body)
    agent.start()
    yield agent
    agent.stop()


def test_a_hostile_agent_of_the_system_is_only_read(visitor: Visitor, hostile_agent: TurncoatAgent) -> None:
    page = visitor.page
    visitor.sign_up()
    visitor.register_agent(hostile_agent.url)
    hostile_agent.trusted_key = evaluated(
        page, "fetch(`/v1${location.pathname}/key.pem`).then((reply) => reply.text())"
    )
    page.get_by_role("button", name="Verify now").click()
    expect(page.locator("#chips")).to_contain_text("Active")
    hostile_agent.is_honest = False

    visitor.ask("Where is the best bakery for croissants?")
    expect(visitor.cards).to_have_count(1)
    page.get_by_text("The whole answer").click()

    assert_harmless(visitor, visitor.answer, visitor.cards.first.locator(".prose"))
