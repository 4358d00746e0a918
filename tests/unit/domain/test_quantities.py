import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oqtopus.domain.numerals import quantities
from oqtopus.domain.quantities import CLOCK, DATE, YEAR, Quantity, contradict, proves


def read(text: str) -> list[tuple[float, float, str]]:
    return [(one.low, one.high, one.unit) for one in quantities(text)]


def only(text: str) -> Quantity:
    (one,) = quantities(text)
    return one


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a ticket for 12 euros", [(12, 12, "euro")]),
        ("€12 or $1.2 million", [(12, 12, "euro"), (1.2e6, 1.2e6, "dollar")]),
        ("it made $187m", [(187e6, 187e6, "dollar")]),
        (
            "1,234.5 kg, 1.234,5 kg and 1 234 kg",
            [(1234.5, 1234.5, "kg"), (1234.5, 1234.5, "kg"), (1, 1, ""), (234, 234, "kg")],
        ),
        ("a ten-year warranty", [(10, 10, "year")]),
        ("twenty-five minutes", [(25, 25, "minute")]),
        ("one and a half hours", [(1.5, 1.5, "hour")]),
        ("four hours and five minutes", [(245, 245, "minute")]),
        ("70–80 °C", [(70, 80, "°c")]),
        ("two to three minutes", [(2, 3, "minute")]),
        ("between 6 and 10 people", [(6, 10, "")]),
        ("4.4 litres per 100 km", [(4.4, 4.4, "litre")]),
        ("3.2% and 3.2 percent", [(3.2, 3.2, "%"), (3.2, 3.2, "%")]),
        ("4 out of 5", [(4, 4, "/5")]),
        ("made in 1995", [(1995, 1995, YEAR)]),
        ("films of the 1990s", [(1990, 1999, YEAR)]),
        ("it seats 2000 people", [(2000, 2000, "")]),
        ("12 May or May 14", [(512, 514, DATE)]),
        ("on 2014-05-12", [(2014, 2014, YEAR), (512, 512, DATE)]),
        ("open from 9 to 17", [(540, 540, CLOCK), (1020, 1020, CLOCK)]),
        ("at 9:30 pm or noon", [(1290, 1290, CLOCK), (720, 720, CLOCK)]),
        ("room 12 of the iPhone 14 in 3D on Python 3.11.2", []),
    ],
)
def test_numbers_are_read_with_their_units(text: str, expected: list[tuple[float, float, str]]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("evidence", "claim", "is_proven"),
    [
        ("1,000 rooms", "1000 rooms", True),
        ("5.0 stars", "5 stars", True),
        ("298 rooms", "about 300 rooms", True),
        ("187 million dollars", "nearly $190 million", True),
        ("1,234,567 people", "1.23 million people", True),
        ("312 people", "more than 300 people", True),
        ("18 people", "at least 20 people", False),
        ("240 minutes", "4 hours", True),
        ("twelve months", "a 1 year contract", True),
        ("12 months", "2 years", False),
        ("9 am", "at 9", True),
        ("9 pm", "9 am", False),
        ("in 1995", "the 1990s", True),
        ("the 1990s", "in 1995", False),
        ("170 minutes", "172 minutes", False),
        ("in 1995", "in 1996", False),
        ("12 euros", "12 dollars", False),
        ("20 seats", "20 rooms", False),
        ("under 6", "aged 6", False),
    ],
)
def test_evidence_proves_what_is_the_same_rounded_or_wider(evidence: str, claim: str, is_proven: bool) -> None:
    assert any(proves(one, only(claim)) for one in quantities(evidence)) is is_proven


@pytest.mark.parametrize(
    ("first", "second", "is_contradiction"),
    [
        ("170 minutes", "165 minutes", True),
        ("in 1995", "in 1996", True),
        ("at 9 am", "at 10 am", True),
        ("12 May", "14 May", True),
        ("300 rooms", "298 rooms", False),
        ("at 9", "9 pm", False),
        ("8 pm", "20:00", False),
        ("80 to 120 euros", "95 euros", False),
        ("80 to 90 euros", "95 euros", True),
        ("more than 300 people", "250 people", False),
        ("691 metres", "2267 feet", False),
        ("20 seats", "12 rooms", False),
    ],
)
def test_numbers_contradict_only_in_one_unit(first: str, second: str, is_contradiction: bool) -> None:
    assert contradict(only(first), only(second)) is is_contradiction
    assert contradict(only(second), only(first)) is is_contradiction


@given(st.text(st.sampled_from("0123456789.,:-–$€% apmkMay½tw"), max_size=40) | st.text(max_size=40))
def test_any_text_has_its_quantities_in_order_and_in_range(text: str) -> None:
    found = quantities(text)

    assert all(0 <= one.span.start < one.span.end <= len(text) for one in found)
    assert [one.span.start for one in found] == sorted(one.span.start for one in found)


@given(st.text(st.sampled_from("0123456789.,: apm"), max_size=20))
def test_a_number_proves_itself_and_does_not_contradict_itself(text: str) -> None:
    for one in quantities(text):
        assert proves(one, one)
        assert not contradict(one, one)


@pytest.mark.parametrize("unit", ["1,", "1.", "1:", "12 ", "two ", "1-", "$", "9 am ", "1 and "])
def test_hostile_numbers_take_no_time(unit: str) -> None:
    started = time.process_time()

    quantities(unit * 500)

    assert time.process_time() - started < 1.0
