"""What infra/citations/README.md says of citations and disagreements, on its hand-made pairs."""

from collections import Counter
from itertools import combinations

import pytest

from infra.citations.evaluate import alike, disagreement_score, is_supported, kind_found, main, support_score
from infra.citations.pairs import SETS, statement_pairs, support_pairs
from infra.demo import films
from infra.demo.movies import FilmGuide
from oqtopus.adapters.embedded.encoder import MiniLM
from oqtopus.domain.disagreement import disagreements
from oqtopus.domain.evidence import evidence_of
from oqtopus.domain.model import Passage


@pytest.mark.parametrize(("name", "least"), [("dev", 0.75), ("held_out", 0.80)])
def test_what_is_proven_is_found_and_rightly_so(name: str, least: float, encoder: MiniLM) -> None:
    score = support_score(support_pairs(name), alike(encoder))

    assert score.precision >= 0.95
    assert score.recall >= least


@pytest.mark.parametrize("name", SETS)
def test_without_minilm_less_is_found_and_no_more_wrongly(name: str) -> None:
    score = support_score(support_pairs(name), alike(None))

    assert score.precision >= 0.95
    assert score.recall >= 0.6


@pytest.mark.parametrize("name", SETS)
def test_contradictions_are_found_and_rightly_so(name: str) -> None:
    score = disagreement_score(statement_pairs(name))

    assert score.precision >= 0.95
    assert score.recall >= 0.9


@pytest.mark.parametrize("name", SETS)
def test_however_alike_no_changed_number_and_no_denial_is_proven(name: str) -> None:
    changed = [pair for pair in support_pairs(name) if pair.kind in ("number_change", "negation")]

    assert [pair.sentence for pair in changed if is_supported(pair, lambda first, second: 1.0)] == []


@pytest.mark.parametrize("name", SETS)
def test_a_contradiction_does_not_depend_on_the_order(name: str) -> None:
    for pair in statement_pairs(name):
        turned = type(pair)(pair.second, pair.first, pair.kind)

        assert kind_found(pair) == kind_found(turned)


def test_there_are_as_many_pairs_as_the_readme_says() -> None:
    support = [pair for name in SETS for pair in support_pairs(name)]
    statements = [pair for name in SETS for pair in statement_pairs(name)]

    assert Counter(pair.is_supported for pair in support) == {True: 56, False: 56}
    assert Counter(pair.kind is not None for pair in statements) == {True: 67, False: 68}
    assert len({(pair.sentence, pair.passage) for pair in support}) == len(support)
    assert len({(pair.first, pair.second) for pair in statements}) == len(statements)


def test_one_agents_answers_about_many_films_never_disagree() -> None:
    guide = FilmGuide(films.load())
    answers = [guide.answer(f"best films of {year}").answer for year in range(1940, 2014, 2)]
    answers += [guide.answer(f"Tell me about {film.title}").answer for film in films.load().films[::40]]

    for one, other in combinations([answers[at::8] for at in range(8)], 2):
        passages = [Passage(number, "guide", " ".join(part)) for number, part in enumerate((one, other), 1)]
        assert disagreements(evidence_of(passages)) == ()


def test_the_table_has_a_line_for_each_set(capsys: pytest.CaptureFixture[str]) -> None:
    main()

    assert len(capsys.readouterr().out.splitlines()) == 1 + 3 * len(SETS)
