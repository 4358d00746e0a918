"""A text that grows at its end, and whose opening brackets can still be taken out until they are closed."""

import re
import string
from collections import deque
from dataclasses import dataclass

from oqtopus.domain.cleaning.stage import gap

LONGEST_TEXT = 400

_NAME = frozenset(string.ascii_letters + string.digits + "_")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")


@dataclass(slots=True)
class Bracket:
    """An opening bracket: the place of its piece, how much came before it, and what it may be the beginning of."""

    place: int
    came_before: int
    is_image: bool
    begins_line: bool
    is_index: bool


class Brackets:
    """The pieces of the text from the outermost open bracket on; one whose end is too far away is forgotten.

    How far that is counts everything that was added, so that taking something out brings no bracket back.
    """

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._open: deque[Bracket] = deque()
        self._released = ""
        self._length = 0
        self._is_line_blank = True
        self._is_after_index = False

    @property
    def last(self) -> str:
        """The last character."""
        return self._pieces[-1][-1] if self._pieces else self._released

    @property
    def innermost(self) -> Bracket | None:
        return self._open[-1] if self._open else None

    @property
    def inside(self) -> str:
        """What the innermost bracket encloses so far."""
        return "".join(self._pieces[self._open[-1].place + 1 :])

    def add(self, text: str) -> None:
        if not text:
            return
        self._pieces.append(text)
        self._length += len(text)
        _, line_break, line = text.rpartition("\n")
        self._is_line_blank = (self._is_line_blank or bool(line_break)) and not _LETTER_OR_DIGIT.search(line)
        while self._open and self._length - self._open[0].came_before > LONGEST_TEXT:
            self._open.popleft()

    def open(self, text: str, *, is_image: bool) -> None:
        """Add an opening bracket, as it will stand when it turns out to open nothing."""
        is_index = self.last in _NAME or (self.last == "]" and self._is_after_index)
        bracket = Bracket(len(self._pieces), self._length, is_image, self._is_line_blank, is_index and not is_image)
        self._open.append(bracket)
        self.add(text)

    def close(self) -> None:
        """The innermost bracket stays as it stands, and so does a closing one, which is to be added."""
        bracket = self._open.pop()
        self._is_after_index = bracket.is_index
        self._pieces[bracket.place :] = ["".join(self._pieces[bracket.place :])]

    def take_out(self, right: str, left_standing: str = "") -> None:
        """The innermost bracket goes; `right` is what follows the text that it encloses."""
        inside = self.inside
        bracket = self._open.pop()
        del self._pieces[bracket.place :]
        if left_standing:
            self._pieces.append(left_standing)
        text = gap(self.last, inside + right) + inside
        if text:
            self._pieces.append(text)

    def released(self, is_last: bool) -> str:
        """What can no longer change; it is given away here."""
        end = self._open[0].place if self._open and not is_last else len(self._pieces)
        if not end:
            return ""
        text = "".join(self._pieces[:end])
        del self._pieces[:end]
        for bracket in self._open:
            bracket.place -= end
        self._released = text[-1]
        return text
