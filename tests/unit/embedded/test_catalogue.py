import re
from pathlib import Path

import pytest

from infra.routing.catalogue import read_catalogue
from infra.routing.questions import CLINC150, DEV, read_questions
from oqtopus.domain.taxonomy import CATEGORY_NAMES, GENERAL_STRUCTURE, TAXONOMY, JsonSchema

CATALOGUE = read_catalogue()
ALL_TEXTS = [row.text for row in CATALOGUE.rows]
NEAR_DUPLICATE = 0.8


def words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.lower()))


def test_catalogue_and_taxonomy_are_the_same_categories() -> None:
    assert [(entry.name, entry.description) for entry in CATALOGUE.entries] == [
        (category.name, category.description) for category in TAXONOMY
    ]
    assert len(CATEGORY_NAMES) == 42


def test_every_category_has_twenty_examples() -> None:
    assert [entry.name for entry in CATALOGUE.entries if len(entry.examples) < 20] == []
    assert len(CATALOGUE.none) >= 250


def test_no_example_is_there_twice() -> None:
    examples = [text for entry in CATALOGUE.entries for text in entry.examples]
    examples += [*CATALOGUE.none, *(row.text for row in CATALOGUE.mixed)]
    folded = [" ".join(text.lower().split()) for text in examples]

    assert sorted({text for text in folded if folded.count(text) > 1}) == []


def test_mixed_examples_name_categories_of_the_taxonomy() -> None:
    assert {name for row in CATALOGUE.mixed for name in row.classes} <= CATEGORY_NAMES


@pytest.mark.parametrize("path", [DEV, CLINC150], ids=["dev", "CLINC150"])
def test_no_question_of_an_evaluation_set_is_in_the_catalogue(path: Path) -> None:
    known = [words(text) for text in ALL_TEXTS]
    copied = []
    for question in read_questions(path):
        asked = words(question.query)
        if any(len(asked & text) >= NEAR_DUPLICATE * len(asked | text) for text in known):
            copied.append(question.query)

    assert copied == []


@pytest.mark.parametrize(
    "structure", [GENERAL_STRUCTURE, *{id(c.output_structure): c.output_structure for c in TAXONOMY}.values()]
)
def test_every_structure_wants_an_answer_and_allows_more(structure: JsonSchema) -> None:
    assert structure["type"] == "object"
    assert structure["required"] == ["answer"]
    assert "additionalProperties" not in structure
    properties = structure["properties"]
    assert isinstance(properties, dict)
    assert properties["answer"]["maxLength"] == 8000
    assert properties["sources"]["items"]["required"] == ["title"]
