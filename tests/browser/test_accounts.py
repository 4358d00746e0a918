"""Accounts, sessions, tokens and the contact form, on the running system."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.mail import Post, post
from tests.browser.visitor import FILM, PASSWORD, Visitor
from tests.browser.watching import evaluated
from tests.fakes.system import System, running

NEW_PASSWORD = "another long passphrase"


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with post(tmp_path_factory.mktemp("post")) as serving:
        yield serving


@pytest.fixture(scope="module")
def mailing(browser: Browser, letters: Post, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system whose mails reach people, so that addresses must be confirmed."""
    with running(tmp_path_factory.mktemp("mailing"), **letters.environ) as started:
        yield started


def test_an_address_is_confirmed_and_a_password_reset_by_mail(
    new_visitor: Callable[..., Visitor], mailing: System, letters: Post
) -> None:
    visitor = new_visitor(mailing)
    page = visitor.page
    visitor.email = "ada@example.org"

    page.goto("/signup")
    page.get_by_label("E-mail").fill(visitor.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_focused()
    visitor.log_in()
    expect(page.get_by_role("alert")).to_contain_text("Is your address confirmed yet?")

    link = letters.link_to(visitor.email)
    page.goto(link)
    assert page.url == f"{mailing.url}/verify"
    page.get_by_role("button", name="Yes, it is mine").click()
    expect(page.get_by_role("heading", name="Your address is confirmed")).to_be_focused()
    visitor.log_in()
    expect(page.get_by_role("link", name="ada", exact=True)).to_be_visible()

    page.goto(reset := _reset_link(visitor, letters, link))
    page.get_by_label("New password").fill("aaaaaaaaaa")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("Use more than one character.")).to_be_visible()
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("heading", name="Your password is changed")).to_be_focused()
    visitor.log_in(NEW_PASSWORD)
    expect(page.get_by_role("link", name="ada", exact=True)).to_be_visible()

    page.goto(reset)
    page.get_by_label("New password").fill("yet another passphrase")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _reset_link(visitor: Visitor, letters: Post, last: str) -> str:
    """Asks for a reset on its page; the link of the mail that comes after the one with the last link."""
    page = visitor.page
    page.goto("/reset")
    page.get_by_label("E-mail").fill(visitor.email)
    page.get_by_role("button", name="Send the mail").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_focused()
    while (reset := letters.link_to(visitor.email)) == last:
        page.wait_for_timeout(50)
    return reset


def test_a_links_secret_stays_in_the_browser(new_visitor: Callable[..., Visitor], mailing: System) -> None:
    visitor = new_visitor(mailing)
    seen: list[str] = []
    visitor.page.on("request", lambda request: seen.append(f"{request.url} {request.headers.get('referer', '')}"))

    for page in ("verify", "reset"):
        visitor.page.goto(f"/{page}#oqm_secret")
        visitor.watch.settle(visitor.page)
        assert visitor.page.url == f"{mailing.url}/{page}"

    assert not [request for request in seen if "oqm_secret" in request]
    assert "oqm_secret" not in mailing.output


def test_logging_out_ends_the_session_and_takes_the_history_along(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_up()
    visitor.ask(FILM)
    cookie = {"Cookie": "; ".join(f"{entry['name']}={entry['value']}" for entry in page.context.cookies())}

    page.get_by_role("link", name="Ada").click()
    expect(page.locator("#facts")).to_contain_text(visitor.email)
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name="Log in")).to_be_visible()

    assert httpx.get(f"{visitor.system.url}/v1/me", headers=cookie, trust_env=False).status_code == 401
    assert evaluated(page, "JSON.stringify(localStorage)") == "{}"


def test_no_script_can_read_the_session(visitor: Visitor) -> None:
    visitor.sign_up()

    (cookie,) = visitor.page.context.cookies()

    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    assert evaluated(visitor.page, "document.cookie") == ""


def test_a_wrong_password_is_refused_and_a_changed_one_ends_the_session(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_up()
    page.goto("/account")
    page.get_by_label("Present password").fill("not the passphrase")
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Present password").fill(PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("heading", name="Your password is changed")).to_be_focused()

    visitor.log_in()
    expect(page.get_by_role("alert")).to_contain_text("No account has this address and password.")
    visitor.log_in(NEW_PASSWORD)

    expect(page.get_by_role("link", name="Ada", exact=True)).to_be_visible()


def test_a_session_that_has_ended_elsewhere_leads_to_the_log_in_and_back(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_up()
    page.context.clear_cookies()

    page.goto("/tokens")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    page.get_by_label("E-mail").fill(visitor.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()

    expect(page.get_by_role("heading", name="API tokens")).to_be_visible()


def test_logging_in_leads_to_no_other_site(visitor: Visitor) -> None:
    visitor.sign_up()

    for elsewhere in ("//evil.example", "/\\evil.example", "https://evil.example", "javascript:pwned=1"):
        visitor.page.goto(f"/login?next={elsewhere}")
        visitor.page.get_by_label("E-mail").fill(visitor.email)
        visitor.page.get_by_label("Password").fill(PASSWORD)
        visitor.page.get_by_role("button", name="Log in").click()

        visitor.page.wait_for_url(f"{visitor.system.url}/")


def test_a_token_is_shown_once_works_and_is_revoked(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_up()
    page.goto("/tokens")
    page.get_by_label("What is it for?").fill("my laptop")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", name="Your new token “my laptop”")).to_be_focused()
    page.get_by_role("button", name="Copy the token").click()
    expect(page.get_by_role("button", name="Copy the token")).to_have_text("Copied")
    token = visitor.pasted(page.get_by_label("What is it for?"))
    bearer = {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{visitor.system.url}/v1/me", headers=bearer, trust_env=False).status_code == 200

    page.reload()
    expect(page.locator("#tokens")).to_contain_text("my laptop")
    assert token not in page.content()
    page.get_by_role("button", name="Revoke the token my laptop").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()

    expect(page.get_by_text("You have no token yet.")).to_be_visible()
    assert httpx.get(f"{visitor.system.url}/v1/me", headers=bearer, trust_env=False).status_code == 401


def test_the_quick_start_is_filled_with_ones_own_values(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_up()
    page.goto("/developers")

    page.get_by_role("button", name="Make a token and fill it in").click()
    expect(page.locator("#token-note")).to_contain_text("filled in below")
    page.locator("#panel-curl").get_by_role("button", name="Copy").click()
    expect(page.locator("#panel-curl").get_by_role("button", name="Copy")).to_have_text("Copied")
    page.goto("/")
    command = visitor.pasted(page.get_by_label("Your question"))

    assert command.startswith(f"curl -N {visitor.system.url}/v1/search")
    token = command.partition("Bearer ")[2].partition("'")[0]
    me = httpx.get(f"{visitor.system.url}/v1/me", headers={"Authorization": f"Bearer {token}"}, trust_env=False)
    assert me.json()["account"]["email"] == visitor.email


def test_a_letter_is_sent(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("/contact")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Enter your name.")).to_be_visible()
    expect(page.get_by_label("Your name")).to_be_focused()

    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("Your e-mail").fill("ada@example.org")
    page.get_by_label("What is it about?").fill("May I register fifty agents?")
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_role("heading", name="Thank you")).to_be_focused()


def test_the_catalogue_is_searched_by_words_and_category(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("/catalogue")
    expect(page.locator(".tile")).to_have_count(3)

    page.get_by_label("Search").fill("fuel")
    expect(page.locator(".tile")).to_have_count(1)
    page.get_by_label("Search").fill("")
    page.get_by_label("Category").select_option("Movie")
    expect(page.locator(".tile")).to_contain_text(["Film guide"])
    page.reload()

    expect(page.get_by_label("Category")).to_have_value("Movie")
    expect(page.locator(".tile")).to_have_count(1)
    page.get_by_role("link", name="Film guide").click()
    expect(page.get_by_role("heading", level=1, name="Film guide")).to_be_visible()
    expect(page.locator("#own")).to_be_hidden()


def test_colours_are_switched_and_stay_so(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("/")
    background = "getComputedStyle(document.body).backgroundColor"
    light = evaluated(page, background)

    page.get_by_role("button", name="Dark colours").click()
    dark = evaluated(page, background)
    page.goto("/catalogue")

    assert light != dark
    assert evaluated(page, background) == dark
    expect(page.get_by_role("button", name="Dark colours")).to_have_attribute("aria-pressed", "true")
