"""Judges the embedded model's routing.

python -m infra.routing.evaluate             the dev set, cross-validated, and CLINC150 with the shipped head
python -m infra.routing.evaluate FILE.jsonl  any file with query, labels and accept, with the shipped head
"""

import argparse
import asyncio
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import astuple
from pathlib import Path

import numpy as np

from infra.routing.metrics import Judged, Scores, scores
from infra.routing.questions import CLINC150, DEV, BadQuestions, Question, read_questions
from infra.routing.tuning import Read, Tuner, folds
from oqtopus.adapters.embedded.classifier import Classifier
from oqtopus.adapters.embedded.encoder import Encoder, EncoderMissing, minilm
from oqtopus.adapters.embedded.head import load
from oqtopus.adapters.embedded.model import EmbeddedModel
from oqtopus.adapters.embedded.policy import LogProbabilities, Policy, Verdict, verdict
from oqtopus.domain.model import Prompt, RoutingTask

REPEATS = 5
COLUMNS = ("questions", "F1 strict", "lenient", "top-1", "R@3", "multi R", "OOS recall", "false rej", "ECE", "Brier")


def cross_validated(questions: Sequence[Question], classifier: Classifier, repeats: int = REPEATS) -> Scores:
    """Each question judged by a policy tuned on other folds; the head never saw any of them. Averaged over repeats."""
    classes = classifier.head.classes
    reads = [(question, classifier.reading(question.query)) for question in questions]
    tuner = Tuner(classes, reads)
    runs = [scores(_judged_by_folds(classes, reads, tuner, seed)) for seed in range(repeats)]
    return Scores(*np.mean([astuple(run) for run in runs], axis=0).tolist())


def _judged_by_folds(classes: Sequence[str], reads: Sequence[Read], tuner: Tuner, seed: int) -> list[Judged]:
    judged: list[Judged] = []
    for inside, outside in folds([question for question, _ in reads], seed):
        policy = tuner.policy(inside)
        judged += [_judged(classes, policy, reads[index]) for index in outside]
    return judged


def _judged(classes: Sequence[str], policy: Policy, read: Read) -> Judged:
    question, reading = read
    decided = verdict(policy, classes, reading.whole, reading.clauses)
    return Judged(question, decided, best_three(classes, reading.whole))


def best_three(classes: Sequence[str], whole: LogProbabilities) -> tuple[str, ...]:
    """The most probable categories, "none" left out."""
    return tuple(classes[index] for index in np.argsort(-whole[:-1], kind="stable")[:3])


async def shipped(questions: Sequence[Question], classifier: Classifier, new_encoder: Callable[[], Encoder]) -> Scores:
    """Judged through the port, as in production."""
    model = EmbeddedModel(new_encoder)
    judged: list[Judged] = []
    for question in questions:
        route = await model.route(RoutingTask(question.query, Prompt("", question.query)))
        three = best_three(classifier.head.classes, classifier.log_probabilities(question.query))
        judged.append(Judged(question, Verdict(route.categories, route.confidence), three))
    await model.aclose()
    return scores(judged)


def absent() -> Encoder:
    raise EncoderMissing("left out on purpose")


def table(rows: Sequence[tuple[str, int, Scores]]) -> str:
    """One line a set of questions."""
    width = max(len(name) for name, _, _ in rows)
    lines = ["  ".join([" " * width, *(f"{column:>10}" for column in COLUMNS)])]
    for name, count, result in rows:
        cells = [f"{count:>10}", *(f"{value:>10.3f}" for value in astuple(result))]
        lines.append("  ".join([f"{name:<{width}}", *cells]))
    return "\n".join(lines)


def evaluated(path: Path | None) -> list[tuple[str, int, Scores]]:
    head, encoder = load(), minilm()
    full, words = Classifier(head, encoder), Classifier(head, None)
    if path:
        questions = read_questions(path)
        return [(path.name, len(questions), asyncio.run(shipped(questions, full, lambda: encoder)))]
    dev, clinc = read_questions(DEV), read_questions(CLINC150)
    return [
        ("dev, cross-validated", len(dev), cross_validated(dev, full)),
        ("CLINC150, shipped", len(clinc), asyncio.run(shipped(clinc, full, lambda: encoder))),
        ("dev, cross-validated, TF-IDF alone", len(dev), cross_validated(dev, words)),
        ("CLINC150, shipped, TF-IDF alone", len(clinc), asyncio.run(shipped(clinc, words, absent))),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="evaluate", description="Judges the embedded model's routing.")
    parser.add_argument("file", nargs="?", type=Path, help="JSON lines with query, labels and accept")
    # The table says where MiniLM was left out; the model's own warning would only repeat it.
    logging.getLogger("oqtopus").addHandler(logging.NullHandler())
    try:
        print(table(evaluated(parser.parse_args(arguments).file)))
    except (BadQuestions, EncoderMissing) as problem:
        print(f"evaluate: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
