"""What the stages of cleaning have in common."""

import re
import string
from abc import ABC, abstractmethod
from typing import ClassVar

REMOVED = "[removed]"

WORD = frozenset(string.ascii_letters + string.digits + "_-")
"""ASCII characters that tokens and names are made of."""
_TOKEN = WORD | {"."}


class Stage(ABC):
    """Looks through a text that comes in pieces, and gives it on with what it does not let pass replaced.

    What is given in all depends on the whole text, never on where it was cut: at each of its `marks` a stage decides
    once it has seen as much as the decision depends on, and holds back what comes from there on until then.
    """

    marks: ClassVar[re.Pattern[str]]

    def __init__(self) -> None:
        self._rest = ""
        self._given: list[str] = []
        self._last = ""

    def take(self, piece: str, is_last: bool) -> str:
        """What can be given on now that `piece` has come; all of it when it `is_last`."""
        text, at = self._rest + piece, 0
        self._rest = ""
        while at < len(text):
            mark = self.marks.search(text, at)
            if mark is None:
                end = len(text) if is_last else self._settled(text, at)
                self._give(text[at:end])
                self._rest = text[end:]
                break
            start = self._start(text, at, mark)
            self._give(text[at:start])
            decided = self._decide(text, start, mark.start(), is_last)
            if decided is None:
                self._rest = text[start:]
                break
            at = decided
        return self._taken(is_last)

    def _start(self, text: str, at: int, mark: re.Match[str]) -> int:
        """Where what `mark` belongs to begins, `at` or later."""
        return mark.start()

    def _settled(self, text: str, at: int) -> int:
        """Where in `text`, which has no mark from `at` on, one may begin that is not whole yet."""
        return len(text)

    @abstractmethod
    def _decide(self, text: str, start: int, mark: int, is_last: bool) -> int | None:
        """Give what stands for the text from `start`, and say where to go on; None when more text may change it."""

    def _give(self, text: str) -> None:
        if text:
            self._given.append(text)
            self._last = text[-1]

    def _taken(self, is_last: bool) -> str:
        given = "".join(self._given)
        self._given.clear()
        return given


def gap(left: str, right: str) -> str:
    """A space where text taken out from between `left` and `right` would otherwise join the two to something else.

    That is a word or a token, a link, or an image. Of `right`, two characters are looked at.
    """
    if not left or not right or left.isspace() or right[0].isspace():
        return ""
    if right[0] == "[":
        return " " if left in "!]" or left in _TOKEN else ""
    if left == "]":
        return " " if right[0] in "(:" else ""
    is_continued = right[0] in WORD or (right[0] == "." and right[1:2] in WORD)
    return " " if left in _TOKEN and is_continued else ""
