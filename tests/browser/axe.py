"""axe-core over a page: what it finds, in short."""

from functools import cache
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.fakes.chromium import npm_package

_RUN = "(rules) => axe.run(document, { resultTypes: ['violations'], ...(rules && { runOnly: rules }) })"


@cache
def _source() -> str:
    folder = npm_package("axe-core")
    if folder is None:
        pytest.skip("axe-core is missing (infra/system-packages installs it).")
    return (folder / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page, *rules: str) -> list[str]:
    """Each violation of any rule, or of these, with the elements that it is about."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_source())
    found: dict[str, Any] = page.evaluate(_RUN, list(rules) or None)  # Any: axe's own report.
    return [
        f"{violation['id']}: {violation['help']}: {node['target']} {node.get('failureSummary', '')}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
