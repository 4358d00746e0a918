"""Rule C6: what of an agent's reply is taken for JSON, and what is refused before it is parsed."""

import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oqtopus.adapters.agent_json import MAX_KEYS, MAX_VALUES, object_in
from oqtopus.errors import AgentFailure


def failure_of(body: bytes) -> str:
    with pytest.raises(AgentFailure) as failure:
        object_in(body)
    return failure.value.reason


def nested(depth: int) -> bytes:
    return b'{"answer":"Yes.","x":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


def keyed(number: int) -> bytes:
    """A document of so many keys, in small objects."""
    return json.dumps({"x": [{"k": 1}] * (number - 1)}).encode()


def valued(number: int) -> bytes:
    """A document of so many values below itself."""
    return b'{"x":[0' + b",0" * (number - 2) + b"]}"


BAD_JSON = {
    "empty": b"",
    "broken": b'{"answer":"Yes."',
    "text after": b'{"answer":"Yes."} {"answer":"No."}',
    "NaN": b'{"answer":"Yes.","x":NaN}',
    "infinite number": b'{"answer":"Yes.","x":1e999}',
    "401 digits": b'{"answer":"Yes.","x":' + b"1" * 401 + b"}",
    "401 decimals": b'{"answer":"Yes.","x":0.' + b"1" * 400 + b"}",
    "65 deep": nested(65),
    "100,000 deep": nested(100_000),
    "too many keys": keyed(MAX_KEYS + 1),
    "too many values": valued(MAX_VALUES + 1),
    "brackets that close more than was opened": b"[" * 65 + b"]" * 66,
    "UTF-16": json.dumps({"answer": "Yes."}).encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"answer":"Yes."}',
}


@pytest.mark.parametrize("body", BAD_JSON.values(), ids=BAD_JSON.keys())
def test_what_is_not_strict_json_within_the_bounds_is_bad_json(body: bytes) -> None:
    assert failure_of(body) == "bad_json"


@pytest.mark.parametrize(
    "body",
    [
        nested(64), keyed(MAX_KEYS), valued(MAX_VALUES), b'{"x":' + b"1" * 400 + b"}", b' \n{"answer":"Yes."}\r\n',
        b'{"x":"' + b"[{,:" * 200_000 + b'"}', b'{"x":"' + rb"\"" * 400_000 + b'"}', rb'{"x":"\\"}',
    ],
    ids=["depth", "keys", "values", "digits", "white space", "brackets in a text", "quotes in a text", "backslash"],
)  # fmt: skip
def test_json_just_within_the_bounds_is_read(body: bytes) -> None:
    assert object_in(body) == json.loads(body)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(alphabet='"\\[]{},:\u20ac\n') | st.text(), VALUES), st.booleans())
def test_any_object_within_the_bounds_is_read_whatever_stands_in_its_texts(
    value: dict[str, object], is_ascii: bool
) -> None:
    body = json.dumps(value, ensure_ascii=is_ascii).encode()

    assert object_in(body) == value


@pytest.mark.parametrize("piece", [b"[" * 60 + b"]" * 60, b"[]", b"{}", b"0", b'"a"', b"[0]"])
def test_what_is_past_the_bounds_is_refused_before_it_is_parsed(piece: bytes) -> None:
    body = b'{"x":[0' + (b"," + piece) * (1_000_000 // (len(piece) + 1)) + b"]}"

    tracemalloc.start()
    reason = failure_of(body)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert reason == "bad_json"
    assert peak < 4 * len(body)
