"""Rules of what contradicts what; tests/unit/embedded/test_citation_figures.py measures precision and recall."""

import time

import pytest

from oqtopus.domain.disagreement import (
    LONGEST_DISPUTED,
    MOST_DISAGREEMENTS,
    MOST_NUMBERS,
    MOST_SIDES,
    contradicting,
    disagreements,
)
from oqtopus.domain.evidence import evidence_of
from oqtopus.domain.model import Passage
from oqtopus.domain.reviews import Disagreement
from tests.unit.domain.counted import calls_of


def between(*texts: str) -> tuple[Disagreement, ...]:
    return disagreements(
        evidence_of([Passage(number, f"agent {number}", text) for number, text in enumerate(texts, 1)])
    )


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        ("number", "The museum opens at 10 am.", "The museum opens at 9 am."),
        ("value", "Heat was directed by Michael Mann.", "Heat was directed by Ridley Scott."),
        ("negation", "Dogs are allowed in the hotel.", "Dogs aren't allowed in the hotel."),
    ],
)
def test_a_number_a_name_or_a_denial_makes_a_contradiction(kind: str, first: str, second: str) -> None:
    (found,) = between(first, second)

    assert found.kind == kind
    assert found.agents == (1, 2)
    assert [claim.text for claim in found.claims] == [first, second]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("Heat was made in 1995.", "Alien was made in 1979.", id="another subject"),
        pytest.param("Adult tickets cost 12 euros.", "Child tickets cost 6 euros.", id="another group"),
        pytest.param("The museum opens at 10 am.", "On Sundays the museum opens at noon.", id="an exception"),
        pytest.param("The hotel has about 300 rooms.", "The hotel has 298 rooms.", id="rounding"),
        pytest.param("The trail is 14 km long.", "The trail is 8.7 miles long.", id="units"),
        pytest.param("A room costs 80 to 120 euros.", "A room costs 95 euros.", id="a range"),
        pytest.param("In 2010 Leeds had 751,000 residents.", "In 2020 Leeds had 798,000 residents.", id="two numbers"),
        pytest.param("Heat stars Al Pacino.", "Heat stars Robert De Niro.", id="one of several"),
        pytest.param("Adult tickets cost 12 euros.", "Tickets cost 10 euros.", id="a narrower subject"),
        pytest.param("Emma Stone won an Oscar in 2017.", "Emma Stone won an Oscar in 2024.", id="more than once"),
        pytest.param("It opens at 9 am by the pool.", "It opens at 10 am by the pool.", id="a pronoun"),
        pytest.param("Einstein was born in Ulm.", "Einstein was born in Germany.", id="one place in another"),
        pytest.param("Not all rooms have a balcony.", "Rooms have a balcony.", id="a weaker word"),
        pytest.param("Is the museum open at 9 am?", "Is the museum open at 10 am?", id="questions"),
    ],
)
def test_what_may_be_true_beside_the_other_is_no_contradiction(first: str, second: str) -> None:
    assert between(first, second) == ()
    assert between(second, first) == ()


def test_an_agent_does_not_contradict_itself() -> None:
    assert between("The museum opens at 10 am. The museum opens at 9 am.", "It has a café.") == ()


def test_spans_are_those_of_each_agents_own_answer() -> None:
    texts = ("Hello! The pool opens at 7 am. Bring a towel.", "😀 It is cheap.\n- The pool opens at 8 am.")

    (found,) = between(*texts)

    assert [claim.span.of(texts[claim.number - 1]) for claim in found.claims] == [
        "The pool opens at 7 am.",
        "The pool opens at 8 am.",
    ]


def test_several_agents_that_disagree_about_one_thing_are_one_disagreement() -> None:
    (found,) = between("The pool opens at 7 am.", "The pool opens at 8 am.", "The pool opens at 7 am.")

    assert found.agents == (1, 2, 3)


def test_what_is_told_of_disagreements_is_bounded() -> None:
    colours = ("red", "blue", "green", "grey", "pink", "black", "white")
    found = between(
        *[" ".join(f"The {colour} pool costs {cost} euros." for colour in colours) for cost in range(3, 12)]
    )

    assert len(found) == MOST_DISAGREEMENTS
    assert [len(one.claims) for one in found] == [MOST_SIDES] * MOST_DISAGREEMENTS


def test_very_long_statements_are_not_compared() -> None:
    filler = "which is a very nice place to be in the morning, " * (LONGEST_DISPUTED // 40)

    assert between(f"The pool, {filler}opens at 7 am.", f"The pool, {filler}opens at 8 am.") == ()


def test_hostile_agents_take_no_time() -> None:
    texts = [
        " ".join(f"{chr(97 + n)}x {chr(97 + n)}y {chr(97 + n)}z costs {n + agent} euros." for n in range(26)) * 2
        for agent in range(20)
    ]
    started = time.process_time()

    between(*texts)

    assert time.process_time() - started < 3.0


def test_lists_of_numbers_contradict_nothing_and_cost_nothing() -> None:
    def listed(first: int, count: int) -> str:
        return f"Museum film opened in {' '.join(str(first + number) for number in range(count))}."

    assert between(listed(100, MOST_NUMBERS), listed(101, MOST_NUMBERS + 1)) == ()
    evidence = evidence_of([Passage(n, "agent", " ".join(listed(n * 9 + at, 15) for at in range(9))) for n in range(8)])
    assert calls_of(lambda: contradicting(evidence)) < 10_000


@pytest.mark.parametrize("text", ["The museum film{} opened.", "Film{} is not open.", "Heat{} was directed by N{}."])
def test_so_many_pairs_of_statements_are_compared(text: str) -> None:
    said = [" ".join(text.replace("{}", f" w{(at * n) % 40} v{at % 30}") for at in range(50)) for n in range(1, 9)]
    evidence = evidence_of([Passage(n, "agent", one) for n, one in enumerate(said, 1)])

    assert calls_of(lambda: contradicting(evidence)) < 150_000
