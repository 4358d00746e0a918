import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oqtopus.domain.sentences import sentences, statements

TEXTS = st.text(st.sampled_from("aB1 .!?…。[]()\"'\n\t-*•,:éß日𝒳\u2028\ud800"), max_size=60) | st.text(max_size=40)


def parts(text: str) -> list[str]:
    return [span.of(text) for span in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One thing. Another thing!  A third?", ["One thing.", "Another thing!", "A third?"]),
        ("- first item\n* second item\n3. third item", ["first item", "second item", "third item"]),
        ("Ask Dr. Lee at St. Mary's. Bring money.", ["Ask Dr. Lee at St. Mary's.", "Bring money."]),
        ("Entry costs 3.50 euros. Cheap.", ["Entry costs 3.50 euros.", "Cheap."]),
        ("It opens at 9 a.m. on Sundays. Come!", ["It opens at 9 a.m. on Sundays.", "Come!"]),
        ("It closes at 9 p.m. The café stays open.", ["It closes at 9 p.m.", "The café stays open."]),
        ("See No. 5 first. The answer is No. Go on.", ["See No. 5 first.", "The answer is No.", "Go on."]),
        ("Hello, Dolly! runs 148 minutes.", ["Hello, Dolly! runs 148 minutes."]),
        ('He said "Stop." and left. "Why?" Nobody knew.', ['He said "Stop." and left.', '"Why?"', "Nobody knew."]),
        ("それは映画です。1995年です。", ["それは映画です。", "1995年です。"]),
        ("Heat is long\nAlien is not", ["Heat is long", "Alien is not"]),
        ("...\n\n—\n[1]", []),
        ("", []),
    ],
)
def test_a_text_falls_into_sentences(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Good. [1] Bad. [2][3] Ugly [4].", ["Good. [1]", "Bad. [2][3]", "Ugly [4]."]),
        ("Good.[1] Bad.[2]", ["Good.[1]", "Bad.[2]"]),
        ("Good. [1]\n[2] Bad.", ["Good. [1]", "[2] Bad."]),
        ("はい。[1]いいえ。[2]", ["はい。[1]", "いいえ。[2]"]),
    ],
)
def test_marks_behind_the_closing_punctuation_belong_to_the_sentence(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


@given(TEXTS)
def test_every_letter_is_in_exactly_one_sentence(text: str) -> None:
    spans = sentences(text)

    covered = [index for span in spans for index in range(span.start, span.end)]
    assert covered == sorted(set(covered))
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert {index for index, character in enumerate(text) if character.isalpha()} <= set(covered)


@given(TEXTS)
def test_sentences_and_statements_begin_and_end_with_what_is_to_be_seen(text: str) -> None:
    for span in [*sentences(text), *statements(text)]:
        assert span.of(text) == span.of(text).strip() != ""


def test_a_statement_takes_along_what_leans_on_it() -> None:
    text = "Memento is from 2000. It runs 113 minutes. See it.\nIt is good."

    assert [span.of(text) for span in statements(text)] == [
        "Memento is from 2000. It runs 113 minutes.",
        "See it.",
        "It is good.",
    ]


def test_offsets_count_code_points() -> None:
    text = "𝒳 is 😀. Next."

    assert [(span.start, span.end) for span in sentences(text)] == [(0, 7), (8, 13)]


@pytest.mark.parametrize(
    "unit", [" ", "\t \n", "a. ", "a.\t", "[", ".)", "- ", "Dr. ", "? ", ". [1]", "...", "。", "!' "]
)
def test_hostile_text_takes_no_time(unit: str) -> None:
    started = time.process_time()

    statements(unit * 50_000)

    assert time.process_time() - started < 1.0
