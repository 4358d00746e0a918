"""Types of body members that several functions share."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from oqtopus.domain.text import is_blank, is_forbidden


def _showable(text: str) -> str:
    if any(map(is_forbidden, text)):
        raise ValueError("Control, bidirectional and surrogate characters are not allowed.")
    return text


def _filled(text: str) -> str:
    if is_blank(text):
        raise ValueError("Must not be blank.")
    return text


Query = Annotated[str, StringConstraints(max_length=2_000), AfterValidator(_showable), AfterValidator(_filled)]
Name = Annotated[str, StringConstraints(max_length=200), AfterValidator(_showable), AfterValidator(_filled)]
Description = Annotated[str, StringConstraints(max_length=2_000), AfterValidator(_showable)]
