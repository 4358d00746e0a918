"""What a page must not do, noted while a test uses it: break, report a violation, or ask anyone but us."""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

_REPORT = """
addEventListener("securitypolicyviolation", (event) => {
  reportViolation(`${event.effectiveDirective} ${event.blockedURI}`);
});
"""
_REFUSED = "Failed to load resource: the server responded with a status of"


@dataclass
class Watch:
    """`refusals` are replies of 4xx that a test provokes on purpose; Chromium calls each an error."""

    origin: str
    errors: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    pending: int = 0

    def over(self, context: BrowserContext) -> None:
        context.expose_binding("reportViolation", lambda _, text: self.violations.append(text))
        context.add_init_script(_REPORT)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("request", self._asked)
        context.on("requestfinished", lambda _: self._is_done())
        context.on("requestfailed", lambda _: self._is_done())
        context.on("dialog", lambda dialog: self.errors.append(f"dialog: {dialog.message}"))

    def settle(self, page: Page) -> None:
        """Until nothing is under way any more, and what was to be drawn is drawn."""
        quiet = 0
        while quiet < 2:
            page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            quiet = 0 if self.pending > 0 else quiet + 1

    def assert_nothing_happened(self) -> None:
        assert (self.errors, self.violations, self.foreign) == ([], [], [])

    def _said(self, message: ConsoleMessage) -> None:
        if message.text.startswith(_REFUSED):
            self.refusals.append(message.text)
        elif message.type in ("error", "warning"):
            self.errors.append(f"{message.type}: {message.text}")

    def _is_done(self) -> None:
        self.pending -= 1

    def _asked(self, request: Request) -> None:
        self.pending += 1
        if not request.url.startswith((f"{self.origin}/", "data:", "blob:")):
            self.foreign.append(request.url)


def evaluated(page: Page, script: str) -> Any:  # Any: whatever the script gives.
    return page.evaluate(script)
