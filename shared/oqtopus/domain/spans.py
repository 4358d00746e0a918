"""A part of a text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """The part `[start:end]` of a text, in Unicode code points from its start."""

    start: int
    end: int

    def of(self, text: str) -> str:
        return text[self.start : self.end]
