"""Types of body members that several functions share."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from oqtopus.domain.accounts import folded
from oqtopus.domain.text import is_blank, is_forbidden

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@) {_ATOM}(?:\.{_ATOM})* @ (?:{_LABEL}\.)+ (?![0-9]+\Z){_LABEL}", re.VERBOSE)


def _address(text: str) -> str:
    """The folded address (A9): a dot-atom and a domain name of two labels or more, in ASCII; nothing is trimmed."""
    if not _ADDRESS.fullmatch(text):
        raise ValueError("Must be one e-mail address such as name@example.org.")
    return folded(text)


_LINE_BREAKING = frozenset({"Cc", "Zl", "Zp"})


def _showable(text: str) -> str:
    if any(map(is_forbidden, text)):
        raise ValueError("Control, bidirectional and surrogate characters are not allowed.")
    return text


def _one_line(text: str) -> str:
    if any(unicodedata.category(character) in _LINE_BREAKING for character in text):
        raise ValueError("Line breaks, tabs and other control characters are not allowed.")
    return text


def _filled(text: str) -> str:
    if is_blank(text):
        raise ValueError("Must not be blank.")
    return text


Query = Annotated[str, StringConstraints(max_length=2_000), AfterValidator(_showable), AfterValidator(_filled)]
Name = Annotated[
    str,
    StringConstraints(max_length=200),
    AfterValidator(_showable),
    AfterValidator(_one_line),
    AfterValidator(_filled),
]
Description = Annotated[str, StringConstraints(max_length=2_000), AfterValidator(_showable)]
LetterText = Annotated[str, StringConstraints(max_length=4_000), AfterValidator(_showable), AfterValidator(_filled)]
Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(_address)]
