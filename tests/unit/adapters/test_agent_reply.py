"""Rules C7 and P2: what of an agent's reply is taken for an answer, for its references, and for fields."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oqtopus.adapters.agent_reply import reply_in
from oqtopus.domain.agents import AgentReply, Reference
from oqtopus.errors import AgentFailure

STRUCTURE: dict[str, object] = {
    "type": "object",
    "properties": {"answer": {"type": "string"}, "year": {"type": "integer"}, "tags": {"type": "array"}},
    "required": ["answer"],
    "additionalProperties": False,
}


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


def read(value: object, structure: Mapping[str, object] = STRUCTURE) -> AgentReply:
    return reply_in(encoded(value), structure, json.dumps(structure))


def failure_of(body: bytes) -> str:
    with pytest.raises(AgentFailure) as failure:
        reply_in(body, STRUCTURE, json.dumps(STRUCTURE))
    return failure.value.reason


def test_only_the_documented_fields_of_a_reply_are_read() -> None:
    value = {
        "answer": "1982\u200b",
        "sources": [{"title": "Archive", "url": "https://films.example.org/1982", "extra": 1}],
        "year": 1982, "name": "Somebody else", "agent_id": "a2", "verified": True,
    }  # fmt: skip

    answer = read(value)

    assert answer == AgentReply("1982", (Reference("Archive", "https://films.example.org/1982"),), {"year": 1982})


def test_unsound_sources_are_dropped_and_ten_are_enough() -> None:
    bad: list[object] = [
        1, None, {}, {"title": " \u200b"}, {"title": 1, "url": "https://a.example"}, {"title": "a", "url": 7},
        {"title": "a", "url": "http://a.example"}, {"title": "a", "url": "javascript:alert(1)"},
        {"title": "a", "url": "https://a.example/ b"}, {"title": "a", "url": "https://u@a.example"},
        {"title": "a", "url": 'https://a.example/"><script>'},
        {"title": "a", "url": "https://a.example/" + "x" * 2_048},
    ]  # fmt: skip
    good = [{"title": f"Source\n{n}", "url": f"https://a.example/{n}"} for n in range(12)]

    answer = read({"answer": "Yes.", "sources": bad + good})

    assert [reference.title for reference in answer.references] == [f"Source {n}" for n in range(10)]


def test_a_source_without_a_title_shows_its_host() -> None:
    answer = read({"answer": "Yes.", "sources": [{"url": "https://a.example/x"}]})

    assert answer.references == (Reference("a.example", "https://a.example/x"),)


def test_a_long_answer_is_cut_at_8000_characters() -> None:
    answer = read({"answer": "ä" * 9_000})

    assert answer.answer == "ä" * 8_000


def test_fields_that_are_too_long_are_left_out() -> None:
    answer = read({"answer": "Yes.", "tags": ["x" * 9_000], "year": 1982})

    assert answer.fields == {"year": 1982}


def test_text_inside_fields_is_made_visible() -> None:
    answer = read({"answer": "Yes.", "tags": ["a\u202eb", {"c\u200b": "\ud800d"}]})

    assert answer.fields == {"tags": ["ab", {"c": "d"}]}


def test_what_a_reply_says_is_clean_wherever_it_says_it() -> None:
    value = {
        "answer": "<b>Yes</b>, see [it](javascript:alert(1)).",
        "sources": [{"title": "![x](u)\n<i>Archive</i>", "url": "https://a.example"}],
        "tags": ["<scr\u200bipt>x", {"[a](u)": "data:text/html,x"}],
    }

    answer = read(value)

    assert answer.answer == "Yes, see it."
    assert answer.references == (Reference("x Archive", "https://a.example"),)
    assert answer.fields == {"tags": ["x", {"a": "data text/html,x"}]}


def test_an_answer_of_which_nothing_is_left_is_none() -> None:
    assert failure_of(encoded({"answer": "<b></b>![](u)"})) == "bad_shape"


@pytest.mark.parametrize("path", ["javascript:alert(1)", "?t=eyJabcdefgh.eyJabcdefgh.abcdefgh", "http://b.example"])
def test_a_source_whose_address_hides_something_is_dropped(path: str) -> None:
    answer = read({"answer": "Yes.", "sources": [{"title": "a", "url": f"https://a.example/{path}"}]})

    assert answer.references == ()


@pytest.mark.parametrize(
    "schema",
    [{"$ref": "http://127.0.0.1:9/schema"}, {"$ref": "file:///etc/passwd"}, {"type": "nonsense"}, {"pattern": "("}],
)
def test_a_structure_that_does_not_compile_costs_no_answer_and_fetches_nothing(schema: dict[str, object]) -> None:
    answer = read({"answer": "Yes."}, schema)

    assert answer.answer == "Yes."


@pytest.mark.parametrize(
    "value",
    [
        {}, {"answer": None}, {"answer": 7}, {"answer": ["x"]}, {"answer": ""}, {"answer": " \u200b\u2060"},
        {"answer": "\u200b" * 40_000 + "x"}, {"answer": "Yes.", "year": "1982"}, {"answer": "Yes.", "year": 1.5},
        [1, 2, 3], "text", 7, None, True,
    ],
)  # fmt: skip
def test_a_reply_of_another_shape_is_bad_shape(value: object) -> None:
    assert failure_of(encoded(value)) == "bad_shape"


@given(st.binary() | st.recursive(st.none() | st.text() | st.floats(), st.lists).map(encoded))
def test_no_body_makes_the_reader_fail_in_another_way(body: bytes) -> None:
    try:
        reply_in(body, STRUCTURE, json.dumps(STRUCTURE))
    except AgentFailure as failure:
        assert failure.reason in {"bad_json", "bad_shape"}
