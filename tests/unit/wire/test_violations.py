from typing import Annotated

import pytest
from pydantic import Field, StringConstraints, ValidationError

from oqtopus.wire.requests import Body
from oqtopus.wire.violations import violations_of

Tag = Annotated[str, StringConstraints(max_length=2)]


class Thing(Body):
    name: Annotated[str, StringConstraints(max_length=3)]
    tags: Annotated[tuple[Annotated[str, StringConstraints(max_length=2)], ...], Field(min_length=1, strict=False)] = (
        "a",
    )
    is_new: bool = True


@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        ({}, "/name", "This member is missing."),
        ({"name": 1}, "/name", "Must be a string."),
        ({"name": "abcd"}, "/name", "Must have at most 3 characters."),
        ({"name": "a", "tags": "b"}, "/tags", "Must be an array."),
        ({"name": "a", "tags": ["abc"]}, "/tags/0", "Must have at most 2 characters."),
        ({"name": "a", "is_new": "yes"}, "/is_new", "Must be true or false."),
        ({"name": "a", "other": 1}, "/other", "There is no such member."),
        ({"name": "a", "a/b~c": 1}, "/a~1b~0c", "There is no such member."),
        ({"name": "a", "x\u202ey": 1}, "/xy", "There is no such member."),
    ],
)
def test_a_fault_is_told_in_our_words(body: object, pointer: str, detail: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Thing.model_validate(body)

    assert [(fault.pointer, fault.detail) for fault in violations_of(refused.value)] == [(pointer, detail)]
