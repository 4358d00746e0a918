import pytest
from hypothesis import given
from hypothesis import strategies as st

from oqtopus.domain.marks import cited, keeping, marked, runs

MARKED = st.text(st.sampled_from("[]0123456789,; .ab(:\n<"), max_size=40)


def numbers(text: str, code: str = "") -> list[tuple[int, ...]]:
    return [run.numbers for run in runs(text, code)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Good [1].", [(1,)]),
        ("Good. [1][2] Bad [3] [4].", [(1, 2), (3, 4)]),
        ("Good [1, 2; 3].", [(1, 2, 3)]),
        ("Good[1].", [(1,)]),
        ("Code [ 1 ] of a passage.", []),
        ("A [1](https://example.org) link, a [year 2024], [2024] and [[1]].", []),
    ],
)
def test_marks_are_found(text: str, expected: list[tuple[int, ...]]) -> None:
    assert numbers(text) == expected


def test_code_that_a_passage_has_is_no_mark() -> None:
    assert numbers("Use argv[1] or args[1].", code="It is in argv[1].") == [(1,)]


@pytest.mark.parametrize(
    ("text", "kept", "expected"),
    [
        ("Good [1][9].", {1}, "Good [1]."),
        ("Good [1, 2].", {2}, "Good [2]."),
        ("Good [9].", {1}, "Good."),
        ("Good. [9]", {1}, "Good."),
        ("Good [1] [2].", {1, 2}, "Good [1] [2]."),
    ],
)
def test_marks_that_are_not_kept_go_with_their_space(text: str, kept: set[int], expected: str) -> None:
    assert keeping(text, runs(text), kept) == expected


@pytest.mark.parametrize("text", ["<scr[9]ipt>", "javascript[9]:alert(1)", "![9][a](b)", "[1[9]]", "aaa[9].bbb"])
def test_nothing_is_made_by_taking_a_mark_away(text: str) -> None:
    assert keeping(text, runs(text), {1}) == text.replace("[9]", " ")


@given(MARKED, st.sets(st.integers(0, 9)))
def test_only_marks_to_be_kept_are_left(text: str, kept: set[int]) -> None:
    left = keeping(text, runs(text), kept)

    assert {number for run in runs(left) for number in run.numbers} <= kept
    assert keeping(left, runs(left), kept) == left


@given(MARKED)
def test_marks_that_are_kept_leave_the_text_as_it_is(text: str) -> None:
    everything = range(1_000)

    assert (
        keeping(text, [run for run in runs(text) if "," not in run.marks and ";" not in run.marks], everything) == text
    )


def test_a_sentence_is_marked_behind_its_full_stop() -> None:
    assert marked("Good.", [1, 3]) == "Good. [1][3]"
    assert marked("Good.", []) == "Good."


def test_each_sentence_of_a_text_is_cited() -> None:
    assert cited("- One.\n- Two, three\n\nFour!", 2) == "- One. [2]\n- Two, three [2]\n\nFour! [2]"


def test_so_many_words_before_marks_are_looked_up_in_the_code() -> None:
    text = "argv[1] " * 201

    found = runs(text, "argv[1]")

    assert [run.span.start for run in found] == [200 * len("argv[1] ") + len("argv")]
