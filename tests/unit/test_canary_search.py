"""The search of `tests/e2e/test_canaries.py` can fail."""

import json

import pytest

from tests.fakes.canaries import Canaries


@pytest.mark.parametrize("template", ["{}", '{{"message": "{}"}}', "https://host/?token={}", "Bearer {}", "'{}'@x"])
def test_a_planted_string_is_found_with_its_place(template: str) -> None:
    canaries = Canaries()
    canaries.planted("query")
    text = f"a line\n{template.format(canaries.planted('password'))}\nanother"

    assert [found.partition(":")[0] for found in canaries.found_in(text)] == ["password"]


@pytest.mark.parametrize("change", [str.upper, str.title, json.dumps, repr])
def test_it_is_found_however_it_was_written(change: object) -> None:
    canaries = Canaries()
    value = canaries.planted("password")
    assert callable(change)

    assert canaries.found_in(change(value))


def test_a_string_from_elsewhere_is_found_too() -> None:
    canaries = Canaries()
    canaries.known("session", "oqs_A1b2")

    assert canaries.found_in("token oqs_A1b2 of somebody")


def test_what_was_not_planted_is_not_found() -> None:
    canaries = Canaries()
    canaries.planted("password")

    assert canaries.found_in(Canaries().planted("password")) == []
