"""Private keys in PEM, whole or without their end (O3)."""

import re

from oqtopus.domain.cleaning.stage import REMOVED, Stage

_KEY = r"[\sA-Z0-9]{0,40}?PRIVATE\s{1,4}KEY(?:\s{1,4}BLOCK)?+"
_BEGIN = re.compile(rf"-{{2,5}}\s{{0,2}}BEGIN{_KEY}")
_END = re.compile(r"-{2,5}\s{0,2}END[\sA-Z0-9]{1,40}?KEY(?:\s{1,4}BLOCK)?+\s?-{0,5}+")
_LONGEST_END = 80
_BEGUN = re.compile(r"(?:-{1,5}|-{2,5}\s{0,2}(?:B|BE|BEG|BEGI|BEGIN[\sA-Z0-9]{0,60}))\Z")

# Without an end, the key is what looks like it: headers, and words that are no prose but could be base64.
_PROSE = r"[A-Z]?[a-z]*(?![A-Za-z0-9+/=])"
_BODY = re.compile(
    rf"""
    \s?-{{0,5}}+
    (?:(?:[\s"',]|\\[nrt]?)*+
       (?:(?:Proc-Type|DEK-Info|Version|Comment):[^\n\\]{{0,100}}+ | (?!{_PROSE})[A-Za-z0-9+/=]++(?=[\s\\"',]|\Z)))*+
    """,
    re.VERBOSE,
)


class Keys(Stage):
    """Puts `[removed]` where a private key stands; one that has begun is held back until its end comes."""

    marks = _BEGIN

    def __init__(self) -> None:
        super().__init__()
        self._has_no_end_before = 0

    def _settled(self, text: str, at: int) -> int:
        begun = _BEGUN.search(text, max(at, len(text) - _LONGEST_END))
        return begun.start() if begun else len(text)

    def _decide(self, text: str, start: int, mark: int, is_last: bool) -> int | None:
        end = self._end(text, start, is_last)
        if end is None:
            return None
        self._give((" " if self._last in ("!", "]") else "") + REMOVED)
        if text[end : end + 1] in ("(", "[", ":"):
            self._give(" ")
        return end

    def _end(self, text: str, start: int, is_last: bool) -> int | None:
        """Where the key that begins at `start` is over; None when that is still to come."""
        ending = _END.search(text, max(start, self._has_no_end_before))
        if ending is not None and (is_last or ending.end() < len(text)):
            self._has_no_end_before = 0
            return ending.end()
        if not is_last:
            self._has_no_end_before = max(0, len(text) - start - _LONGEST_END)
            return None
        self._has_no_end_before = len(text)
        beginning = _BEGIN.match(text, start)
        assert beginning is not None, "it is what was found"
        body = _BODY.match(text, beginning.end())
        assert body is not None, "it also matches nothing"
        return body.end()
