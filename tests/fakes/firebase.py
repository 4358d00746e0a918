"""The Firebase CLI where it is installed, made to use the emulator that the gcloud SDK brought."""

import os
import shutil
import zipfile
from pathlib import Path

_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
_LINE_BYTES = 70


def firebase_program() -> str | None:
    """The CLI on the PATH, or the one that `infra/system-packages` has installed."""
    installed = sorted(_CACHE.glob("oqtopus/firebase-*/node_modules/.bin/firebase"))
    return shutil.which("firebase") or (str(installed[-1]) if installed else None)


def write_launcher(emulator: Path, launcher: Path) -> None:
    """A jar for `java -jar`, which the CLI uses: it names the class that the SDK's own jar does not.

    Lines of a manifest have at most 72 bytes; a space begins their continuation (JAR File Specification).
    """
    lines = (
        "Manifest-Version: 1.0",
        "Main-Class: com.google.cloud.datastore.emulator.firestore.CloudFirestore",
        f"Class-Path: {emulator.as_uri()}",
    )
    with zipfile.ZipFile(launcher, "w") as jar:
        jar.writestr("META-INF/MANIFEST.MF", "\r\n".join(map(_folded, lines)) + "\r\n\r\n")


def _folded(line: str) -> str:
    pieces = (line[start : start + _LINE_BYTES] for start in range(0, len(line), _LINE_BYTES))
    return "\r\n ".join(pieces)
