"""What becomes of a routing answer."""

import json

import pytest

from oqtopus.adapters.model_calls import at
from oqtopus.adapters.model_routes import MOST_FIELDS, output_structure, route_from, routing_schema
from oqtopus.domain.taxonomy import GENERAL_STRUCTURE, TAXONOMY
from oqtopus.errors import ModelFailure

FIRST = TAXONOMY[0]


def a_field(name: object = "year", kind: object = "number", description: object = "Of release.") -> dict[str, object]:
    return {"name": name, "type": kind, "description": description}


def an_answer(**changes: object) -> str:
    return json.dumps({"categories": [FIRST.name], "confidence": 0.9, "fields": [], **changes})


def test_a_field_joins_the_answer_and_its_sources() -> None:
    structure = output_structure([a_field()], GENERAL_STRUCTURE)

    assert set(structure) == {"type", "properties", "required"}
    assert structure["required"] == ["answer"]
    assert at(structure, "properties", "year") == {"type": "number", "description": "Of release."}
    assert at(structure, "properties", "answer") == at(GENERAL_STRUCTURE, "properties", "answer")
    assert at(structure, "properties", "sources") == at(GENERAL_STRUCTURE, "properties", "sources")


@pytest.mark.parametrize(
    ("kind", "json_type"),
    [("string", "string"), ("number", "number"), ("boolean", "boolean"), ("string_list", "array")],
)
def test_each_kind_of_field_has_its_type(kind: str, json_type: str) -> None:
    assert at(output_structure([a_field(kind=kind)], {}), "properties", "year", "type") == json_type


@pytest.mark.parametrize(
    "field",
    [
        a_field(name="Year"),
        a_field(name="1st"),
        a_field(name="year of release"),
        a_field(name="y" * 41),
        a_field(name="year\n"),
        a_field(name=7),
        a_field(kind="object"),
        a_field(kind=["number"]),
        {},
        "year",
        None,
    ],
)
def test_a_bad_field_is_left_out(field: object) -> None:
    structure = output_structure([field, a_field(name="length")], {})

    assert set(at(structure, "properties") or ()) == {"answer", "sources", "length"}  # type: ignore[call-overload]


@pytest.mark.parametrize("name", ["answer", "sources"])
def test_no_field_replaces_the_answer_or_its_sources(name: str) -> None:
    structure = output_structure([a_field(name=name), a_field()], {})

    assert at(structure, "properties", name) == at(GENERAL_STRUCTURE, "properties", name)


def test_fields_over_the_limit_are_left_out() -> None:
    structure = output_structure([a_field(name=f"field_{number}") for number in range(20)], {})

    assert at(structure, "properties", f"field_{MOST_FIELDS - 1}") is not None
    assert at(structure, "properties", f"field_{MOST_FIELDS}") is None


def test_without_usable_fields_the_best_category_lends_its_structure() -> None:
    assert route_from("gemini", an_answer(fields=[a_field(kind="?")])).output_structure == FIRST.output_structure
    assert route_from("gemini", an_answer(fields=None)).output_structure == FIRST.output_structure
    assert route_from("gemini", an_answer(categories=[])).output_structure == GENERAL_STRUCTURE


@pytest.mark.parametrize(("said", "meant"), [(1.7, 1.0), (-2, 0.0), ("0.5", 0.5)])
def test_confidence_is_a_probability(said: object, meant: float) -> None:
    assert route_from("gemini", an_answer(confidence=said)).confidence == meant


def test_at_most_four_categories_are_kept() -> None:
    names = [category.name for category in TAXONOMY[:6]]

    assert route_from("gemini", an_answer(categories=names)).categories == tuple(names[:4])


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "null",
        "{}",
        "[" * 100_000,
        an_answer(confidence="high"),
        an_answer(confidence=None),
        an_answer(confidence=float("nan")),
        an_answer(categories=FIRST.name),
        an_answer(categories=None),
    ],
)
def test_an_unusable_answer_is_malformed(text: str) -> None:
    with pytest.raises(ModelFailure, match="malformed"):
        route_from("gemini", text)


@pytest.mark.parametrize("names", [[[FIRST.name]], [None, 3, {}], ["Unheard of"]])
def test_what_is_no_known_name_is_left_out(names: list[object]) -> None:
    assert route_from("gemini", an_answer(categories=names)).categories == ()


def test_the_schema_is_closed() -> None:
    schema = routing_schema(["A", "B"])

    assert at(schema, "properties", "categories", "items", "enum") == ["A", "B"]
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["categories", "confidence", "fields"]
