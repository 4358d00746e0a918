import json
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest

from infra.routing import evaluate
from infra.routing.metrics import Judged, Scores, calibration_error, scores
from infra.routing.questions import DEV, Question, read_questions
from oqtopus.adapters.embedded.classifier import Classifier
from oqtopus.adapters.embedded.policy import Verdict


@pytest.fixture(scope="module")
def dev_scores(classifier: Classifier) -> Scores:
    return evaluate.cross_validated(read_questions(DEV), classifier, repeats=2)


def judged(wanted: set[str], chosen: tuple[str, ...], accept: frozenset[str] = frozenset()) -> Judged:
    return Judged(Question("q", frozenset(wanted), accept), Verdict(chosen, 0.9), ("Bar", "Cafe", "Hotel"))


def test_held_out_questions_go_where_they_should(dev_scores: Scores) -> None:
    assert dev_scores.strict_f1 >= 0.80
    assert dev_scores.top_1 >= 0.88
    assert dev_scores.out_of_scope_recall >= 0.85
    assert dev_scores.false_reject <= 0.08


def test_confidence_is_calibrated_on_held_out_questions(dev_scores: Scores) -> None:
    assert dev_scores.ece <= 0.10
    assert dev_scores.brier <= 0.12


def test_strict_and_lenient_scores_differ_by_accepted_synonyms() -> None:
    one = [judged({"Bar"}, ("Bar", "Cafe"), frozenset({"Cafe"}))]

    assert scores(one).strict_f1 == pytest.approx(2 / 3)
    assert scores(one).lenient_f1 == 1.0


def test_rejection_counts_on_both_sides() -> None:
    result = scores([judged(set(), ()), judged(set(), ("Bar",)), judged({"Bar"}, ()), judged({"Bar"}, ("Bar",))])

    assert result.out_of_scope_recall == 0.5
    assert result.false_reject == 0.5


def test_calibration_error_is_the_gap_between_confidence_and_truth() -> None:
    assert calibration_error(np.full(100, 0.9), np.ones(100)) == pytest.approx(0.1)


@pytest.mark.parametrize(
    "content",
    ["", "not json", "[]", '{"labels": []}', '{"query": "q"}', '{"query": "q", "labels": ["Zoo"]}', '{"query": 1}'],
)
def test_a_bad_file_is_one_line_and_exit_2(content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(content, encoding="utf-8")

    assert evaluate.main([str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_an_absent_file_is_one_line_and_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate.main([str(tmp_path / "absent.jsonl")]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_a_file_of_ones_own_is_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"query": "my tooth hurts", "labels": ["Dentist"]}, {"query": "tell me a joke", "labels": []}]
    path = tmp_path / "own.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")

    assert evaluate.main([str(path)]) == 0
    assert "own.jsonl" in capsys.readouterr().out


def test_the_table_has_a_line_for_each_set(dev_scores: Scores) -> None:
    lines = evaluate.table([("dev", 202, dev_scores), ("other", 1, dev_scores)]).splitlines()

    assert len(lines) == 3
    assert len(evaluate.COLUMNS) == 1 + len(astuple(dev_scores))
