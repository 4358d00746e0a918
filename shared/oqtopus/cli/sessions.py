"""What the command keeps between runs: which server was used last, and the sessions, each for its own server only."""

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from oqtopus.cli.exits import UsageError

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Session:
    """A login's token and whose it is."""

    token: str = field(repr=False)
    email: str


@dataclass(frozen=True, slots=True)
class Kept:
    """The server of the last login, and the session at each server by its URL."""

    url: str | None = None
    sessions: Mapping[str, Session] = field(default_factory=dict)

    def with_session(self, url: str, session: Session) -> "Kept":
        return Kept(url, {**self.sessions, url: session})

    def without_session(self, url: str) -> "Kept":
        return replace(self, sessions={other: kept for other, kept in self.sessions.items() if other != url})


def path_of(environ: Mapping[str, str]) -> Path:
    """The file, by the XDG base directory specification: a relative folder counts as none."""
    folder = Path(environ.get("XDG_CONFIG_HOME", ""))
    if not folder.is_absolute():
        folder = Path(environ.get("HOME") or Path.home()) / ".config"
    return folder / "oqtopus" / "sessions.json"


def load(path: Path) -> Kept:
    """What is kept; nothing where there is no file. One that others may read is not used."""
    try:
        with path.open(encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_mode & _OTHERS:
                raise UsageError(f"Others may read {path}, which holds sessions; chmod 600 it.")
            document = json.load(file)
        sessions = {url: Session(**entry) for url, entry in document["sessions"].items()}
        return Kept(document["url"], sessions)
    except FileNotFoundError:
        return Kept()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(f"{path} is damaged; remove it and sign in again.") from None


def save(path: Path, kept: Kept) -> None:
    """Keep it for its owner alone; the file is there as a whole or not at all."""
    document = {"url": kept.url, "sessions": {url: asdict(session) for url, session in kept.sessions.items()}}
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(document, file, indent=2)
        draft.replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from None
