"""Files that only their owner may read."""

import os
from pathlib import Path


def keep_secret(path: Path, text: str) -> None:
    """Write `text` for its owner alone; the file is there as a whole or not at all, also after a crash."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
