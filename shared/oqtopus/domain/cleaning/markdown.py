"""Markdown: images leave their alternative text, links their text, and their address when it is a plain https URL.

An opening bracket is held back until its closing one has come, or until it is too far away for one. What is left of
brackets makes no link, no image and no definition, because no two of the characters that make one stand together.
"""

import re

from oqtopus.domain.cleaning.brackets import Bracket, Brackets
from oqtopus.domain.cleaning.links import HTTPS_URL
from oqtopus.domain.cleaning.stage import Stage, gap

LONGEST_TARGET = 500
_LONGEST_LABEL = 100

_ADDRESS = r"[^\s()]*+(?:\([^\s()]*+\)[^\s()]*+)*+"
_TARGET = re.compile(
    rf"""\(\s{{0,9}}(?P<address>{_ADDRESS})(?:\s{{1,9}}(?:"[^"]*+"|'[^']*+'|\([^()]*+\)))?\s{{0,9}}\)"""
)
_TARGET_BEGUN = re.compile(
    rf"""
    \(\s{{0,9}}{_ADDRESS}(?:\([^\s()]*+)?
    (?:\s{{1,9}}(?:"[^"]*+|'[^']*+|\([^()]*+|(?:"[^"]*+"|'[^']*+'|\([^()]*+\))\s{{0,9}})?)?
    """,
    re.VERBOSE,
)
_LABEL = re.compile(rf"\[([^\[\]]{{0,{_LONGEST_LABEL}}}+)\]")
_LABEL_BEGUN = re.compile(rf"\[[^\[\]]{{0,{_LONGEST_LABEL}}}+\]?")
_NUMBER = re.compile(r"\s{0,3}\d{1,4}\s{0,3}")
_INDEX = re.compile(r"(?=\W*\w)[\w .,:*+'\"-]{1,40}")
_ARGUMENTS = re.compile(r"[\w.,*+'\"-]*")


class Markdown(Stage):
    """Takes links, images and definitions apart; `[1]`, `[2][3]` and `data[0]` stay."""

    marks = re.compile(r"[\[\]!]")

    def __init__(self) -> None:
        super().__init__()
        self._text = Brackets()

    def _give(self, text: str) -> None:
        self._text.add(text)

    def _taken(self, is_last: bool) -> str:
        return self._text.released(is_last)

    def _decide(self, text: str, start: int, mark: int, is_last: bool) -> int | None:
        if text[start] == "]":
            return self._close(text, start + 1, is_last)
        if text[start] == "[":
            self._text.open("[", is_image=False)
            return start + 1
        if start + 1 == len(text) and not is_last:
            return None
        if text[start + 1 : start + 2] == "[":
            self._text.open("! [", is_image=True)
            return start + 2
        self._give("!")
        return start + 1

    def _close(self, text: str, at: int, is_last: bool) -> int | None:
        """Decide about the bracket that closes before `at` by what stands there."""
        if at == len(text) and not is_last:
            return None
        bracket, following = self._text.innermost, text[at : at + 1]
        if bracket is None:
            self._give("] " if following in ("(", "[", ":") else "]")
            return at
        if following == "(":
            return self._close_link(bracket, text, at, is_last)
        if following == "[":
            return self._close_reference(bracket, text, at, is_last)
        if following == ":" and bracket.begins_line and "[" not in self._text.inside:
            return self._close_definition(bracket, text, at, is_last)
        return self._stand("]", at)

    def _close_link(self, bracket: Bracket, text: str, at: int, is_last: bool) -> int | None:
        target = _TARGET.match(text, at, at + LONGEST_TARGET)
        if target is None:
            rest = text[at : at + LONGEST_TARGET]
            if not is_last and len(rest) < LONGEST_TARGET and _TARGET_BEGUN.fullmatch(rest):
                return None
            return self._stand("] ", at)
        end, inside, address = target.end(), self._text.inside, target["address"]
        if not is_last and len(text) < end + 2:
            return None
        is_number = not bracket.is_image and _NUMBER.fullmatch(inside)
        if (is_number or (bracket.is_index and _INDEX.fullmatch(inside))) and _ARGUMENTS.fullmatch(address):
            return self._stand("] ", at)
        shown = ""
        if not bracket.is_image and address != inside and HTTPS_URL.fullmatch(address):
            shown = f"({address})"
        right = text[end : end + 2]
        if is_number:
            self._stand("]", at)
        else:
            self._text.take_out(shown or right)
        if shown:
            self._give((" " if self._text.last.strip() else "") + shown + (" " if right[:1].isalnum() else ""))
        self._give(gap(self._text.last, right))
        return end

    def _close_reference(self, bracket: Bracket, text: str, at: int, is_last: bool) -> int | None:
        label = _LABEL.match(text, at)
        if label is None:
            if not _LABEL_BEGUN.fullmatch(text, at):
                return self._stand("] ", at)
            return self._stand("]", at) if is_last else None
        end, inside = label.end(), self._text.inside
        if not is_last and len(text) < end + 2:
            return None
        is_number, is_number_before = _NUMBER.fullmatch(label[1]), _NUMBER.fullmatch(inside)
        is_index = bracket.is_index and _INDEX.fullmatch(inside) and _INDEX.fullmatch(label[1])
        if text[end : end + 1] == "(" or (is_number_before and not is_number and not is_index):
            return self._stand("] ", at)
        if (is_number_before and is_number) or is_index:
            return self._stand("]", at)
        following = at if is_number and not bracket.is_image else end
        right = text[following : following + 2]
        self._text.take_out(right)
        self._give(gap(self._text.last, right))
        return following

    def _close_definition(self, bracket: Bracket, text: str, at: int, is_last: bool) -> int | None:
        """`[name]: …` becomes `name: …`, and `[1]: …` becomes `[1] …`."""
        if not is_last and len(text) < at + 2:
            return None
        if not _NUMBER.fullmatch(self._text.inside):
            self._text.take_out(":", left_standing="!" if bracket.is_image else "")
            return at
        self._stand("]", at)
        self._give(" " if text[at + 1 : at + 2].strip() else "")
        return at + 1

    def _stand(self, closing: str, at: int) -> int:
        """Leave both brackets where they are."""
        self._text.close()
        self._give(closing)
        return at
