"""One run of the command: what was typed, whom it talks to, and where it writes."""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from oqtopus.cli import sessions
from oqtopus.cli.exits import UsageError
from oqtopus.cli.surface import Surface, surface_of
from oqtopus.client import DEFAULT_URL, OqtopusClient
from oqtopus.client.addresses import server_url
from oqtopus.client.decoding import Document


@dataclass(frozen=True)
class Command:
    """What every command is given."""

    asked: argparse.Namespace
    environ: Mapping[str, str]

    @cached_property
    def out(self) -> Surface:
        """Where results go."""
        return surface_of(sys.stdout, self.environ, has_colours=self._has_colours)

    @cached_property
    def err(self) -> Surface:
        """Where everything else goes."""
        return surface_of(sys.stderr, self.environ, has_colours=self._has_colours)

    @cached_property
    def kept_path(self) -> Path:
        return sessions.path_of(self.environ)

    @cached_property
    def kept(self) -> sessions.Kept:
        return sessions.load(self.kept_path)

    @cached_property
    def url(self) -> str:
        """The server that is asked: as typed, as the environment says, that of the last login, or this machine's."""
        named = self.asked.url or self.environ.get("OQTOPUS_URL") or self.kept.url or DEFAULT_URL
        try:
            return server_url(named)
        except ValueError as error:
            raise UsageError(str(error)) from None

    @contextmanager
    def client(self, token: str | None = None) -> Iterator[OqtopusClient]:
        """Signed in with the token, OQTOPUS_TOKEN, or the session that this very server gave."""
        session = self.kept.sessions.get(self.url)
        token = token or self.environ.get("OQTOPUS_TOKEN") or (session.token if session else None)
        try:
            client = OqtopusClient(self.url, token, wait=self._wait)
        except ValueError as error:
            raise UsageError(f"OQTOPUS_TOKEN: {error}") from None
        with client:
            yield client

    def show_json(self, document: Document | list[Document]) -> None:
        """One line of JSON, in ASCII, so that nothing in it can act on a terminal."""
        self.out.line(json.dumps(document))

    def _wait(self, seconds: float) -> None:
        if self.err.is_terminal and seconds >= 1:
            self.err.line(f"The server is busy; trying again in {seconds:.0f} s …", "faint")
        time.sleep(seconds)

    @property
    def _has_colours(self) -> bool:
        return not (self.asked.no_color or self.environ.get("NO_COLOR"))
