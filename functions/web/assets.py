"""What the pages load: scripts, one style sheet, images and the vendored libraries, under a name for all of them.

The name is a digest of their contents and stands in each one's path (`/assets/<version>/<file>`). So whatever a path
gives never changes, and scripts import each other by relative paths without being rewritten.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".py": "text/x-python; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
STYLE_SHEET: Final = "oqtopus.css"

_DIGITS: Final = 16
_IMPORT = re.compile(r'^(?:import|export)\b[^"]*?"\./([a-z0-9.-]+)";', re.MULTILINE | re.DOTALL)


class Assets:
    """All files of the site's folders in memory: they are few and small."""

    def __init__(self, site: Path) -> None:
        files = {file.name: file.read_bytes() for file in _files(site)}
        self.files: Mapping[str, bytes] = files | {STYLE_SHEET: _joined(site / "css")}
        self.version = _digest(self.files)

    def path(self, name: str) -> str:
        """Where the file is found."""
        return f"/assets/{self.version}/{name}"

    def imported_by(self, script: str) -> list[str]:
        """The scripts that `script` cannot begin without, so that a page can name them all at once."""
        found: list[str] = []
        pending = [script]
        while pending:
            text = self.files[pending.pop()].decode()
            new = [name for name in _IMPORT.findall(text) if name not in found]
            found += new
            pending += new
        return sorted(found)


def _files(site: Path) -> Iterator[Path]:
    for folder in ("images", "js", "vendor"):
        for file in sorted((site / folder).iterdir()):
            if file.suffix in MEDIA_TYPES:
                yield file


def _joined(folder: Path) -> bytes:
    """One style sheet of all, in the order of their names."""
    return b"\n".join(file.read_bytes() for file in sorted(folder.glob("*.css")))


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:_DIGITS]
