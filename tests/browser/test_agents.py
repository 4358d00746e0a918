"""Registering and changing an agent: what is said while one types, and what the system then says."""

from playwright.sync_api import expect

from tests.browser.visitor import Visitor
from tests.browser.watching import evaluated


def test_an_agent_is_checked_while_it_is_typed_in(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_up()
    page.goto("/agents/new")
    address, told = page.get_by_label("Address"), page.locator("#url-fault")

    for url, words in {
        "films": "Enter an address such as https://films.example.com.",
        "http://films.example.com": "The address must begin with https://.",
        "https://films.example.com/?a=b": "Leave out everything from “?” or “#” on.",
        "https://ada:secret@films.example.com": "Leave out the name and password before “@”.",
    }.items():
        address.fill(url)
        address.blur()
        expect(told).to_have_text(words)
        expect(address).to_have_attribute("aria-invalid", "true")
    address.fill("https://films.example.com/guide/")

    expect(told).to_be_hidden()
    expect(page.locator("#url-target")).to_have_text("Questions will be sent to https://films.example.com/guide/agent")


def test_what_is_missing_is_told_where_it_is_missing(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_up()
    page.goto("/agents/new")

    page.get_by_role("button", name="Register it").click()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    expect(page.get_by_text("Give it a name.")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("Inside")
    page.get_by_label("Address").fill("https://10.0.0.1")
    page.get_by_role("button", name="Register it").click()
    expect(page.get_by_text("Choose at least one.")).to_be_visible()
    page.get_by_role("checkbox", name="Bakery").check()
    page.get_by_role("button", name="Register it").click()

    # Only the system knows which hosts are public.
    expect(page.locator("#url-fault")).not_to_be_empty()
    expect(page.get_by_label("Address")).to_be_focused()


def test_an_agent_is_changed_and_a_new_address_must_be_verified(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_up()
    visitor.register_agent("https://bakery.example.com")
    page.get_by_text("Change it").click()

    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").filter(has_text="Nothing is different.")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("Baker")
    page.get_by_label("Address").fill("https://baker.example.com")
    page.get_by_role("checkbox", name="Public").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1, name="Baker")).to_be_visible()
    expect(page.locator("#chips")).to_contain_text("Waiting to be verified")
    page.reload()

    expect(page.locator("#facts")).to_contain_text("https://baker.example.com")
    assert evaluated(page, "document.title") == "Baker · oqtopus"
    page.goto("/agents")
    expect(page.locator(".tile")).not_to_contain_text("Private")


def test_an_agent_that_is_not_ones_own_is_not_there(visitor: Visitor) -> None:
    visitor.page.goto("/agents/no-such-agent")

    expect(visitor.page.get_by_role("alert")).to_have_text("There is no such agent, or it is not yours to see.")


def test_the_keyboard_skips_to_the_content(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("/catalogue")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    expect(page.get_by_label("Search")).to_be_focused()
