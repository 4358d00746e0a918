"""Chunks of bytes as the events of a search."""

import json
from collections.abc import Iterator

from oqtopus.client.decoding import Document
from oqtopus.client.errors import UnexpectedReply
from oqtopus.client.events import Event, event_of

MAX_LINE_BYTES = 1024 * 1024


class EventReader:
    """NDJSON that arrives in pieces; a line of more than 1 MiB is refused before it is kept."""

    def __init__(self) -> None:
        self._begun = bytearray()

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The events whose lines are whole now."""
        *whole, rest = chunk.split(b"\n")
        for line in whole:
            self._keep(line)
            event = self._event()
            if event is not None:
                yield event
        self._keep(rest)

    def _keep(self, piece: bytes) -> None:
        if len(self._begun) + len(piece) > MAX_LINE_BYTES:
            raise UnexpectedReply(f"The stream holds a line of more than {MAX_LINE_BYTES} bytes.")
        self._begun += piece

    def _event(self) -> Event | None:
        """The event of the line that was kept, which begins anew; a blank line is none."""
        line, self._begun = bytes(self._begun), bytearray()
        return event_of(_document(line)) if line.strip() else None


def _document(line: bytes) -> Document:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        raise UnexpectedReply("The stream holds a line that is not JSON.") from None
    if not isinstance(document, dict):
        raise UnexpectedReply("The stream holds a line that is not a JSON object.")
    return document
