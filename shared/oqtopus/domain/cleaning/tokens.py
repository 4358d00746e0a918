"""Credentials in one word: tokens of three parts, and those that oqtopus itself gives out (O3)."""

import re

from oqtopus.domain.cleaning.stage import REMOVED, WORD, Stage

# No encoded JSON object of this length is anything a person reads, whether its token goes on or not.
LONGEST_PART = 256

_FIRST_PART = re.compile(r"eyJ[A-Za-z0-9_-]*+")
_PART = re.compile(r"[A-Za-z0-9_-]*+")
_OURS = re.compile(r"oq[a-z]_[0-9A-Za-z]*+")
_OURS_AT_LEAST = len("oqt_") + 32
_RUN = re.compile(r"(?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9_-]))*+")
_BEGUN = re.compile(r"(?:eyJ?|oq[a-z]?|[eo])\Z")


class Tokens(Stage):
    """Puts `[removed]` where a token stands, whatever it is glued to."""

    marks = re.compile(r"eyJ|oq[a-z]_")

    def __init__(self) -> None:
        super().__init__()
        self._is_in_token = False

    def take(self, piece: str, is_last: bool) -> str:
        if self._is_in_token:
            text = self._rest + piece
            end = self._end_of_token(text, 0, is_last)
            self._rest, piece = "", text[end:]
            if self._is_in_token:
                self._rest = piece
                return ""
        return super().take(piece, is_last)

    def _settled(self, text: str, at: int) -> int:
        if self._is_in_token:
            return at
        begun = _BEGUN.search(text, max(at, len(text) - 3))
        return begun.start() if begun else len(text)

    def _decide(self, text: str, start: int, mark: int, is_last: bool) -> int | None:
        is_token = self._is_ours(text, start) if text[start] == "o" else self._has_three_parts(text, start, is_last)
        if is_token is None and not is_last:
            return None
        if not is_token:
            self._give(text[start])
            return start + 1
        self._give(REMOVED)
        return self._end_of_token(text, start, is_last)

    def _end_of_token(self, text: str, start: int, is_last: bool) -> int:
        """Where the token in `text` ends so far; `_is_in_token` says whether it may go on with the next piece."""
        run = _RUN.match(text, start)
        assert run is not None, "it also matches nothing"
        self._is_in_token = not is_last and text[run.end() :] in ("", ".")
        return run.end()

    def _is_ours(self, text: str, start: int) -> bool | None:
        run = _OURS.match(text, start)
        assert run is not None, "it begins at a mark"
        if run.end() - start >= _OURS_AT_LEAST:
            return True
        return None if run.end() == len(text) else False

    def _has_three_parts(self, text: str, start: int, is_last: bool) -> bool | None:
        at = start
        for pattern, at_least in ((_FIRST_PART, len("eyJ") + 7), (_PART, 4)):
            part = pattern.match(text, at, at + LONGEST_PART + 1)
            assert part is not None, "it begins at a mark, or matches nothing"
            length = part.end() - at
            if length > LONGEST_PART:
                return True
            if part.end() == len(text):
                return None
            if length < at_least or text[part.end()] != ".":
                return False
            at = part.end() + 1
        if at == len(text):
            return None
        return text[at] in WORD
