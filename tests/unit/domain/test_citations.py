import time
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from oqtopus.domain.citations import MOST_CLAIMS, MOST_COMPARED, MOST_COMPARISONS, MOST_SENTENCES, review, unchecked
from oqtopus.domain.clean_text import clean
from oqtopus.domain.marks import keeping, runs
from oqtopus.domain.model import MAX_ANSWER_CHARACTERS, Passage
from oqtopus.domain.reviews import Review, whole
from oqtopus.domain.sentences import sentences

MUSEUM = "The Marlow Museum opens daily at 10 am. Adult tickets cost 12 euros."
TIPS = "The Marlow Museum closes at 6 pm. There is a café on the second floor."
GOLD = "Buy gold. Bananas are yellow."

# Pieces that fall together into sentences of agents, marks, and whatever else a model may write.
PIECES = ("The pool opens at 7 am", "Dogs are not allowed", "Adult tickets cost 12 euros", "Heat is from 1995", "cats")
GLUE = (". ", "! ", "? ", ": ", "\n", " [1]", "[2]", " [9]", " [1, 2]", ".[1] ", " and ", "[", "]", "(", "😀", "\ud800")
ANSWERS = st.lists(st.sampled_from(PIECES + GLUE), max_size=16).map("".join) | st.text(max_size=40)


def passages(*texts: str) -> list[Passage]:
    return [Passage(number, f"agent {number}", text) for number, text in enumerate(texts, 1)]


def by_words(text: str, *texts: str) -> Review:
    return review(text, passages(*texts), lambda first, second: 0.0)


def quotes(found: Review, texts: Sequence[str]) -> dict[int, list[tuple[str, str]]]:
    return {
        number: [(claim.span.of(found.text), claim.quote.of(texts[number - 1])) for claim in claims]
        for number, claims in found.claims.items()
    }


def unsupported(found: Review) -> list[str]:
    return [span.of(found.text) for span in found.unsupported]


def without_marks(text: str) -> str:
    return "".join(keeping(text, runs(text), ()).split())


def test_a_supported_sentence_without_a_mark_gets_one_behind_its_full_stop() -> None:
    found = by_words("Adults pay 12 euros for a ticket. Have a nice day!", MUSEUM, TIPS)

    assert found.text.startswith("Adults pay 12 euros for a ticket. [1] ")
    assert quotes(found, [MUSEUM]) == {1: [("Adults pay 12 euros for a ticket. [1]", "Adult tickets cost 12 euros.")]}


def test_a_mark_whose_passage_supports_the_sentence_stays_where_it_is() -> None:
    text = "Adult tickets cost 12 euros [1]."

    found = by_words(text, MUSEUM, TIPS)

    assert found.text == text
    assert list(found.claims) == [1]
    assert found.unsupported == ()


def test_a_mark_that_names_no_source_is_removed() -> None:
    assert by_words("Adult tickets cost 12 euros [1][9].", MUSEUM).text == "Adult tickets cost 12 euros [1]."


def test_a_wrong_mark_is_replaced_by_the_right_one() -> None:
    found = by_words("Adult tickets cost 12 euros [2].", MUSEUM, TIPS)

    assert found.text == "Adult tickets cost 12 euros. [1]"
    assert list(found.claims) == [1]


def test_sentences_that_only_a_mark_keeps_apart_stay_apart() -> None:
    found = by_words("Adult tickets cost 12 euros.[2]Cats can fly.", MUSEUM, TIPS)

    assert found.text == "Adult tickets cost 12 euros. [1] Cats can fly."
    assert unsupported(found) == ["Cats can fly."]


def test_a_wrong_mark_beside_a_right_one_goes() -> None:
    assert by_words("Adult tickets cost 12 euros. [1][2]", MUSEUM, TIPS).text == "Adult tickets cost 12 euros. [1]"


def test_a_mark_that_is_right_stays_though_another_passage_has_the_very_words() -> None:
    texts = ("Grown-ups pay 12 euros for an adult ticket.", "Adult tickets cost 12 euros.")

    assert by_words("Adult tickets cost 12 euros. [1]", *texts).text == "Adult tickets cost 12 euros. [1]"
    assert by_words("Adult tickets cost 12 euros. [1][2]", *texts).text == "Adult tickets cost 12 euros. [1][2]"


def test_a_mark_on_what_nothing_supports_stays_and_proves_nothing() -> None:
    text = "The museum was built by Romans [2]."

    found = by_words(text, MUSEUM, TIPS)

    assert found.text == text
    assert found.claims == {}
    assert unsupported(found) == [text]


def test_sentences_of_nobody_are_listed() -> None:
    found = by_words("Adult tickets cost 12 euros. Cats can fly.", MUSEUM)

    assert unsupported(found) == ["Cats can fly."]


def test_what_two_agents_say_only_together_cites_both() -> None:
    found = by_words("The Marlow Museum opens at 10 am and closes at 6 pm.", MUSEUM, TIPS)

    assert found.text.endswith("closes at 6 pm. [1][2]")
    assert quotes(found, [MUSEUM, TIPS])[2] == [(found.text, "The Marlow Museum closes at 6 pm.")]


def test_both_sides_of_a_disagreement_in_one_sentence_are_cited() -> None:
    text = "The agents disagree: the pool opens at 7 am [1] or at 8 am [2]."

    found = by_words(text, "The pool opens at 7 am.", "The pool opens at 8 am.")

    assert found.text == text
    assert sorted(found.claims) == [1, 2]
    assert [one.kind for one in found.disagreements] == ["number"]


@pytest.mark.parametrize(
    "text",
    [
        "Here is what the agents say:",
        "Would you like to know more?",
        "Hello and welcome!",
        "I hope this helps.",
        "The agents disagree.",
        "No agent mentions parking.",
        "The answers do not say when it was built.",
        "# Opening hours",
        "Opening hours\n",
    ],
)
def test_what_claims_nothing_is_neither_marked_nor_listed(text: str) -> None:
    found = by_words(f"{text}\nAdult tickets cost 12 euros. [1]", MUSEUM)

    assert found.text == f"{text}\nAdult tickets cost 12 euros. [1]"
    assert found.unsupported == ()


@pytest.mark.parametrize(
    "text",
    [
        "The agents say that cats can fly.",
        "According to agent 1, cats can fly.",
        "One agent says dogs are not green.",
        "Hello, the museum was built by Romans.",
        "The answer is not 42.",
        "Paris",
    ],
)
def test_claims_do_not_hide_behind_talk_of_agents(text: str) -> None:
    assert unsupported(by_words(text, MUSEUM)) == [text]


@pytest.mark.parametrize("saying", ["According to agent 1, ", "Agent 1 says that ", "One agent says "])
def test_who_says_it_is_no_part_of_the_claim(saying: str) -> None:
    found = by_words(f"{saying}adult tickets cost 12 euros [1].", MUSEUM)

    assert list(found.claims) == [1]


def test_code_of_a_passage_is_no_mark() -> None:
    text = "Take the name from argv[1]. [1]"

    assert by_words(text, "Take the name from argv[1].").text == text


def test_a_sentence_that_all_agents_have_gets_three_marks() -> None:
    found = by_words("Bananas are yellow.", *[GOLD] * 5)

    assert found.text == "Bananas are yellow. [1][2][3]"


def test_words_decide_alone_after_so_many_comparisons() -> None:
    asked: list[str] = []

    def alike(first: str, second: str) -> float:
        asked.append(first)
        return 0.0

    text = " ".join(f"Museum tickets are sold to grown people for {number} euros." for number in range(100, 140))
    review(text, passages(*[" ".join(f"Adult museum tickets: {n} euros." for n in range(100, 140))] * 3), alike)

    assert len(asked) == MOST_COMPARISONS


def test_only_so_many_characters_are_compared() -> None:
    read = 0

    def alike(first: str, second: str) -> float:
        nonlocal read
        read += len(first) + len(second)
        return 0.0

    padding = "very " * 30
    text = " ".join(f"Museum tickets are sold to grown people for {padding}{n} euros." for n in range(100, 110))
    said = " ".join(f"Adult museum tickets: {padding}{n} euros." for n in range(100, 110))
    review(text, passages(said, said, said), alike)

    assert 0 < read <= MOST_COMPARED


def test_what_comes_after_the_last_sentence_that_is_checked_is_unsupported() -> None:
    text = " ".join(["Bananas are yellow. [1]"] * (MOST_SENTENCES + 5)) + " [9]"

    found = by_words(text, GOLD)

    (rest,) = found.unsupported
    assert len(found.claims[1]) == MOST_SENTENCES
    assert found.text.endswith("Bananas are yellow. [1]")
    assert (rest.start, rest.end) == (MOST_SENTENCES * len("Bananas are yellow. [1] "), len(found.text))


def test_claims_are_bounded() -> None:
    marks = "".join(f"[{number}]" for number in range(1, 9))

    found = by_words(" ".join([f"Bananas are yellow. {marks}"] * 100), *[GOLD] * 8)

    assert sum(len(claims) for claims in found.claims.values()) == MOST_CLAIMS
    assert len(found.unsupported) == 1


def test_marks_do_not_make_an_answer_too_long() -> None:
    text = f"{'x' * (MAX_ANSWER_CHARACTERS - 46)}. Bananas are yellow. Bananas are yellow."

    found = by_words(text, GOLD)

    assert len(found.text) <= MAX_ANSWER_CHARACTERS
    assert found.text.endswith("Bananas are yellow. [1] Bananas are yellow.")
    assert unsupported(found)[1:] == ["Bananas are yellow."]


@given(ANSWERS, st.lists(ANSWERS, max_size=3))
def test_every_span_is_in_range_and_every_mark_names_a_source(text: str, texts: list[str]) -> None:
    found = by_words(text, *texts)

    spans = {(span.start, span.end) for span in sentences(found.text)}
    code = "\n".join(texts)
    claims = [(number, claim) for number, claims in found.claims.items() for claim in claims]
    assert {(claim.span.start, claim.span.end) for _, claim in claims} <= spans
    assert found.unsupported == whole(found.text) or {(one.start, one.end) for one in found.unsupported} <= spans
    assert all(0 <= claim.quote.start < claim.quote.end <= len(texts[number - 1]) for number, claim in claims)
    assert {number for run in runs(found.text, code) for number in run.numbers} <= set(range(1, len(texts) + 1))


@given(ANSWERS, st.lists(ANSWERS, max_size=3))
def test_a_claim_has_its_mark_in_the_text_and_is_not_unsupported(text: str, texts: list[str]) -> None:
    found = by_words(text, *texts)

    for number, claims in found.claims.items():
        for claim in claims:
            assert number in {one for run in runs(claim.span.of(found.text)) for one in run.numbers}
            assert claim.span not in found.unsupported


@given(ANSWERS, st.lists(ANSWERS, max_size=3))
def test_a_review_changes_marks_alone_and_a_second_one_changes_nothing(text: str, texts: list[str]) -> None:
    found = by_words(text, *texts)
    again = by_words(found.text, *texts)

    assert again.text == found.text
    assert without_marks(found.text) == without_marks(clean(text))


MARKUP = ("[1]", "[7]", ":", "<", ">", "b", ".", "!", "(", ")", "[", "]", " ", "\n", "abcd", "javascript", "//", "eyJ")
TANGLES = st.lists(st.sampled_from(MARKUP + PIECES + GLUE), max_size=16).map("".join)


@settings(deadline=None)
@given(TANGLES, st.lists(TANGLES, max_size=2))
@example("[1]:\n<b.abcd.b>", ["b"])
@example("[7]:\n.abcd.b>", [])
def test_no_cleaning_changes_what_spans_point_into(text: str, texts: list[str]) -> None:
    found = by_words(text, *texts)
    as_it_is = unchecked(text, passages(*texts))

    assert clean(found.text) == found.text
    assert clean(as_it_is.text) == as_it_is.text
    assert as_it_is.unsupported == whole(as_it_is.text)
    assert not as_it_is.claims


def test_an_answer_that_only_its_marks_make_unclean_is_left_unchecked() -> None:
    text = "[7][1]:[b/a\nBananas are yellow."

    found = by_words(text, "Bananas are yellow")

    assert found.claims == {}
    assert found.unsupported == whole(found.text)


@pytest.mark.parametrize("unit", [" ", "no agent ", "[1]", " [1]", "[", "a[1]", "Bananas are yellow. ", "1 euro and "])
def test_hostile_answers_take_no_time(unit: str) -> None:
    text = (unit * MAX_ANSWER_CHARACTERS)[:MAX_ANSWER_CHARACTERS]
    started = time.process_time()

    by_words(text, *[text[:8_000]] * 8)

    assert time.process_time() - started < 3.0
