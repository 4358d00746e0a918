"""Asking: what is shown as the stream comes in, and what when it does not come as it should."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.streams import agent, final, play, refuse, source, stream
from tests.browser.visitor import FILM, Visitor
from tests.browser.watching import evaluated
from tests.e2e.test_bad_agents import TurncoatAgent
from tests.fakes.system import System

SENTENCES = ("Heat is a film 🎬 of 1995 [1]. ", "It was directed by Michael Mann [1][2]. ", "It won nothing.")


def test_a_guest_asks_and_sees_who_answered(visitor: Visitor) -> None:
    visitor.ask(FILM)

    page = visitor.page
    expect(page.locator("#route")).to_contain_text("Movie")
    expect(page.locator("#route")).to_contain_text("% sure")
    expect(page.locator("#quota")).to_contain_text("questions left today")
    expect(visitor.cards).to_have_count(1)
    expect(visitor.cards.first).to_contain_text("Film guide")
    expect(visitor.answer).to_contain_text("The Iron Giant")
    expect(page.locator("#after")).to_contain_text("1 source · written by embedded")
    visitor.answer.locator(".claim", has_text="Brad Bird").locator(".cite").hover()
    expect(page.get_by_role("tooltip")).to_contain_text("directed by Brad Bird")
    expect(page.get_by_role("tooltip")).not_to_contain_text("Truman")
    expect(page.locator("#announcer")).to_have_text("The answer is complete. 1 source.")


def test_an_agents_whole_answer_is_one_click_away(visitor: Visitor) -> None:
    visitor.ask(FILM)

    visitor.page.get_by_text("The whole answer").click()

    expect(visitor.cards.first.locator(".prose")).to_contain_text("The Iron Giant")


def test_each_agent_has_a_card_with_its_time_and_failures_are_told_kindly(visitor: Visitor) -> None:
    play(
        visitor.page,
        stream(agent(1, "One."), agent(2), agent(3, error="bad_json"), last=final("One [1].", [source(1)])),
    )

    visitor.ask("Anything?")

    expect(visitor.cards).to_have_count(3)
    expect(visitor.cards.nth(0).locator("time")).to_have_text("100 ms")
    expect(visitor.cards.nth(1)).to_contain_text("It did not answer in time.")
    expect(visitor.cards.nth(2)).to_contain_text("Its answer was not in a form we can read.")
    expect(visitor.page.locator("#arms-count")).to_have_text("1 of 3 answered")


def test_words_show_whose_they_are(visitor: Visitor) -> None:
    first, second = len(SENTENCES[0]), len(SENTENCES[0] + SENTENCES[1])
    own = [
        {"start": 0, "end": first, "quote": {"start": 0, "end": 22}},
        {"start": first, "end": second, "quote": {"start": 23, "end": 40}},
    ]
    other = [{"start": first, "end": second, "quote": {"start": 0, "end": 21}}]
    last = final("".join(SENTENCES), [source(1, claims=own), source(2, claims=other)])
    last["usage"]["unsupported"] = [{"start": second, "end": second + len(SENTENCES[2])}]
    agents = (agent(1, "Heat came out in 1995. Mann directed it."), agent(2, "Michael Mann made it."))
    play(visitor.page, stream(*agents, last=last, deltas=["Heat is", " a film"]))

    visitor.ask("What is Heat?")

    page = visitor.page
    claims = page.locator(".claim")
    assert claims.all_text_contents() == ["Heat is a film 🎬 of 1995 1. ", "It was directed by Michael Mann 12. "]
    expect(visitor.answer.locator(".unsupported")).to_have_text("It won nothing.")
    expect(page.locator("#after")).to_contain_text("Dotted: in no agent’s answer")
    claims.nth(1).hover(position={"x": 4, "y": 8})
    words = page.get_by_role("tooltip")
    expect(words).to_contain_text("1 · Agent 1agent-1.example.com“Mann directed it.”")
    expect(words).to_contain_text("2 · Agent 2agent-2.example.com“Michael Mann made it.”")
    expect(words).not_to_contain_text("1995")
    expect(page.locator(".card.is-lit")).to_have_count(2)
    page.get_by_role("button", name="Source 2: Agent 2").hover()
    expect(words).not_to_contain_text("Agent 1")
    expect(page.locator(".card.is-lit")).to_contain_text("Agent 2")


def test_an_answer_of_the_models_own_is_not_marked_as_a_whole(visitor: Visitor) -> None:
    last = final("I believe so.")
    last["usage"]["unsupported"] = [{"start": 0, "end": 13}]
    play(visitor.page, stream(last=last))

    visitor.ask("Anything?")

    expect(visitor.page.locator("#after")).to_contain_text("No agent’s words are in this answer")
    expect(visitor.page.locator(".unsupported")).to_have_count(0)


def test_the_keyboard_reaches_a_source_and_escape_leaves_it(visitor: Visitor) -> None:
    play(visitor.page, stream(agent(1, "One."), agent(2, "Two."), last=final("Both [1][2].", [source(1), source(2)])))
    visitor.ask("Anything?")
    page = visitor.page

    page.get_by_role("button", name="Source 1: Agent 1").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Source 2: Agent 2")).to_be_focused()
    expect(page.get_by_role("tooltip")).to_contain_text("“Two.”")
    page.keyboard.press("Escape")

    expect(page.get_by_role("tooltip")).to_be_hidden()


def test_agents_that_disagree_are_shown_side_by_side(visitor: Visitor) -> None:
    claims = [
        {"number": 1, "start": 0, "end": 9, "text": "It was made in 1995."},
        {"number": 2, "start": 0, "end": 9, "text": "It was made in 1996."},
    ]
    disagreement = [{"agents": [1, 2], "claims": claims, "kind": "number"}]
    last = final("It is disputed [1][2].", [source(1), source(2)], disagreement=disagreement)
    play(visitor.page, stream(agent(1, "1995"), agent(2, "1996"), last=last))

    visitor.ask("When was it made?")

    expect(visitor.page.get_by_role("heading", name="The agents give different figures")).to_be_visible()
    sides = visitor.page.locator(".disagreement li")
    assert sides.all_text_contents() == ["Agent 1: It was made in 1995.", "Agent 2: It was made in 1996."]


def test_an_answer_is_rendered_as_it_was_meant(visitor: Visitor) -> None:
    text = "# Two films\n\n- **Heat** [1]\n- *Ran*\n\n```\nprint([1])\n```\n\nSee [the archive](https://films.example.org/a)."
    play(visitor.page, stream(agent(1, "One."), last=final(text, [source(1, claims=[{"start": 13, "end": 27}])])))

    visitor.ask("Anything?")

    expect(visitor.answer.locator("li")).to_have_count(2)
    expect(visitor.answer.locator("li strong")).to_have_text("Heat")
    expect(visitor.answer.locator("pre")).to_have_text("print([1])")
    expect(visitor.answer.locator(".cite")).to_have_count(1)
    link = visitor.answer.get_by_role("link")
    expect(link).to_have_text("the archive (films.example.org)")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow ugc")


def test_a_model_that_starts_again_leaves_nothing_of_before(visitor: Visitor) -> None:
    restart = {"type": "error", "data": {"code": "model_restarted", "detail": "Again."}}
    play(
        visitor.page,
        stream(agent(1, "One."), deltas=["Wrong words"], errors=[restart], last=final("Right [1].", [source(1)])),
    )

    visitor.ask("Anything?")

    expect(visitor.answer).to_contain_text("Right")
    expect(visitor.answer).not_to_contain_text("Wrong")
    expect(visitor.page.locator("#answer-trouble")).to_be_hidden()


def test_a_search_that_failed_says_so(visitor: Visitor) -> None:
    told = {
        "no_answer": "given back to you",
        "declined": "declined to answer",
        "synthesis_failed": "What the agents wrote is quoted",
        "internal": "failed on our side",
    }

    for code, words in told.items():
        visitor.page.unroute("**/v1/search")
        error = {"type": "error", "data": {"code": code, "detail": "Details."}}
        play(visitor.page, stream(agent(1), errors=[error], last=final("")))
        visitor.ask("Anything?")

        expect(visitor.page.get_by_role("alert")).to_contain_text(words)
    expect(visitor.page.locator("#history")).to_be_hidden()


def test_a_refusal_is_told_and_the_question_stays(visitor: Visitor) -> None:
    told = {
        (429, "quota-spent"): "Today’s questions are used. There are new ones in about 2 hours. Sign up to ask more",
        (429, "too-many-requests"): "Try again in about 2 hours",
        (503, "unavailable"): "The reason.",
        (422, "unprocessable"): "The reason.",
    }

    for (status, kind), words in told.items():
        visitor.page.unroute("**/v1/search")
        refuse(visitor.page, status, kind, "The reason.", **{"Retry-After": "7200"})
        visitor.ask("Anything?")

        expect(visitor.page.get_by_role("alert")).to_contain_text(words)
        expect(visitor.page.get_by_label("Your question")).to_have_value("Anything?")
        expect(visitor.page.locator("#result")).to_be_hidden()


def test_a_stream_that_breaks_off_is_picked_up_under_the_same_key(visitor: Visitor) -> None:
    keys: list[str] = []
    visitor.page.on(
        "request",
        lambda request: keys.append(request.headers["idempotency-key"]) if "/v1/search" in request.url else None,
    )
    play(visitor.page, stream(agent(1, "One."), last=final("One."))[:-1])
    visitor.ask(FILM)
    expect(visitor.page.get_by_role("alert")).to_contain_text("The connection broke")

    visitor.page.unroute("**/v1/search")
    visitor.page.get_by_role("button", name="Pick it up again").click()
    expect(visitor.answer).to_contain_text("The Iron Giant")

    assert len(set(keys)) == 1
    assert len(keys) == 2


def test_history_is_kept_in_the_browser_and_shown_without_asking_again(visitor: Visitor) -> None:
    visitor.ask(FILM)
    searches: list[str] = []
    visitor.page.on("request", lambda request: searches.append(request.url) if "search" in request.url else None)

    visitor.page.reload()
    visitor.page.locator("#past button").click()

    expect(visitor.answer).to_contain_text("The Iron Giant")
    expect(visitor.cards.first).to_contain_text("Film guide")
    assert searches == []
    visitor.page.get_by_role("button", name="Forget all").click()
    expect(visitor.page.locator("#history")).to_be_hidden()
    assert evaluated(visitor.page, "JSON.stringify(localStorage)") == "{}"


@pytest.fixture
def slow_agent(system: System, agent_ports: list[int]) -> Iterator[Callable[[Visitor], TurncoatAgent]]:
    """An agent of the visitor's own that answers nothing once it is verified."""
    agent = TurncoatAgent(agent_ports[1], None)
    agent.start()
    yield lambda visitor: agent
    agent.stop()


def test_a_search_can_be_stopped_and_asked_again_at_no_charge(
    visitor: Visitor, slow_agent: Callable[[Visitor], TurncoatAgent]
) -> None:
    agent, page = slow_agent(visitor), visitor.page
    visitor.sign_up()
    visitor.register_agent(agent.url, "Slow baker")
    agent.trusted_key = evaluated(page, "fetch(`/v1${location.pathname}/key.pem`).then((reply) => reply.text())")
    page.get_by_role("button", name="Verify now").click()
    expect(page.locator("#chips")).to_contain_text("Active")
    agent.is_honest = False
    visitor.begin_to_ask("Where is the best bakery for croissants?")
    assert agent.was_asked.wait(10)
    expect(page.locator("#quota")).to_contain_text("999 of 1000")

    page.get_by_role("button", name="Stop").click()

    expect(page.get_by_role("alert")).to_contain_text("You stopped this.")
    expect(page.get_by_label("Your question")).to_be_focused()
    assert agent.was_left.wait(5)
    agent.is_honest = True
    page.get_by_role("button", name="Ask again").click()
    expect(visitor.answer).to_contain_text("I am well.")
    expect(page.locator("#quota")).to_contain_text("999 of 1000")
