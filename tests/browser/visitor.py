"""Somebody at a browser: what people do on our pages, by the names that they see."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.watching import Watch
from tests.fakes.system import System

PASSWORD = "a long enough passphrase"
FILM = "What are good science fiction movies from the 1990s?"


@dataclass
class Visitor:
    page: Page
    watch: Watch
    system: System
    email: str = ""

    def sign_up(self, name: str = "Ada") -> None:
        """A new account, logged in."""
        self.email = f"{secrets.token_hex(8)}@example.org"
        self.page.goto("/signup")
        self.page.get_by_label("E-mail").fill(self.email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_role("main").get_by_role("button", name="Sign up").click()
        expect(self.page.get_by_role("link", name=name, exact=True)).to_be_visible()

    def log_in(self, password: str = PASSWORD) -> None:
        self.page.goto("/login")
        self.page.get_by_label("E-mail").fill(self.email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in").click()

    def ask(self, question: str) -> None:
        """On the page that asks; returns when the answer is there, or a refusal."""
        self.begin_to_ask(question)
        expect(self.page.locator("#send")).to_be_visible()

    def begin_to_ask(self, question: str) -> None:
        if not self.page.url.rstrip("/").endswith(self.system.url):
            self.page.goto("/")
        self.page.get_by_label("Your question").fill(question)
        self.page.get_by_role("button", name="Ask", exact=True).click()

    def register_agent(self, url: str, name: str = "Bakery guide", category: str = "Bakery") -> None:
        """Registers an agent; its page is then open."""
        self.page.goto("/agents/new")
        self.page.get_by_label("Name", exact=True).fill(name)
        self.page.get_by_label("Address").fill(url)
        self.page.get_by_label("What does it answer?").fill("Knows every bakery in town.")
        self.page.get_by_label("Search the categories").fill(category)
        self.page.get_by_role("checkbox", name=category).first.check()
        self.page.get_by_role("button", name="Register it").click()
        expect(self.page.get_by_role("heading", level=1, name=name)).to_be_visible()

    def download(self, link: Locator, folder: Path) -> Path:
        """Clicks the link and puts the file into the folder, in place of an older one."""
        with self.page.expect_download() as download:
            link.click()
        target = folder / download.value.suggested_filename
        download.value.save_as(target)
        return target

    def pasted(self, field: Locator) -> str:
        """What was copied last, pasted into the field: pages may not read the clipboard."""
        field.press("Control+V")
        return field.input_value()

    @property
    def answer(self) -> Locator:
        return self.page.locator("#answer")

    @property
    def cards(self) -> Locator:
        return self.page.locator("#cards > li > .card")
