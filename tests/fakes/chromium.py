"""Debian's Chromium where it is installed, and what npm has brought for it."""

import os
import shutil
from pathlib import Path

_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")

# What a browser does by itself would be requests that no page made.
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
MISSING = "Chromium is missing (infra/system-packages installs it on Debian)."


def chromium_program() -> str | None:
    return shutil.which("chromium")


def npm_package(name: str) -> Path | None:
    """The folder of a package that `infra/system-packages` has installed, of its newest version there."""
    installed = sorted(_CACHE.glob(f"oqtopus/{name}-*/node_modules/{name}"))
    return installed[-1] if installed else None
