"""Orders agents by how well their words and their categories fit a question."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from oqtopus.adapters.embedded.classifier import Classifier
from oqtopus.adapters.embedded.likeness import Likeness, Rows
from oqtopus.domain.agents import Agent

CATEGORY_SHARE = 1.5
# Reading a description takes some ten milliseconds when it is new.
MOST_READ = 32
LONGEST_DESCRIPTION = 300

Scores = NDArray[np.float64]


def ranked(question: str, agents: Sequence[Agent], classifier: Classifier, likeness: Likeness) -> list[Agent]:
    """Best first; agents that score the same keep their order. Many agents are shortlisted by words alone first."""
    if len(agents) < 2:
        return list(agents)
    texts = [question, *(f"{agent.name}: {agent.description}"[:LONGEST_DESCRIPTION] for agent in agents)]
    fitting = _standardised(_category_scores(question, agents, classifier))
    if len(agents) <= MOST_READ:
        return _ordered(agents, likeness.rows(texts), fitting)
    roughly = _ordered(agents, likeness.word_rows(texts), fitting)
    return [*ranked(question, roughly[:MOST_READ], classifier, likeness), *roughly[MOST_READ:]]


def _ordered(agents: Sequence[Agent], rows: Rows, fitting: Scores) -> list[Agent]:
    """By likeness to the question, which is the first row, and by category."""
    similar = _standardised((rows[1:] @ rows[0]).astype(np.float64))
    best_first = np.argsort(-(similar + CATEGORY_SHARE * fitting), kind="stable")
    return [agents[index] for index in best_first]


def _category_scores(question: str, agents: Sequence[Agent], classifier: Classifier) -> Scores:
    """The probability of each agent's best category."""
    probabilities = np.exp(classifier.log_probabilities(question))
    by_name = dict(zip(classifier.head.classes, probabilities.tolist(), strict=True))
    return np.array([max((by_name.get(name, 0.0) for name in agent.categories), default=0.0) for agent in agents])


def _standardised(scores: Scores) -> Scores:
    """Zero mean and unit variance, so that two kinds of score can be added; 0 where all are the same."""
    spread = float(scores.std())
    return (scores - scores.mean()) / spread if spread > 1e-9 else np.zeros_like(scores)
