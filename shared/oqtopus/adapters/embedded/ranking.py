"""How well agents' words and categories fit a question."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from oqtopus.adapters.embedded.classifier import Classifier
from oqtopus.adapters.embedded.likeness import Likeness, Rows
from oqtopus.domain.agents import Agent

CATEGORY_SHARE = 0.6
# The cosine of a question and a description that is about just that; few pairs are above it.
MOST_ALIKE = 0.6
# Reading a description takes some five milliseconds when it is new.
MOST_READ = 32
LONGEST_DESCRIPTION = 300

Scores = NDArray[np.float64]


def relevance(question: str, agents: Sequence[Agent], classifier: Classifier, likeness: Likeness) -> Scores:
    """From 0 to 1, in the order of the agents. Of many, those whose words promise least are judged by category alone.

    Both parts have a fixed scale, so that among agents that fit about equally well nobody's score runs away.
    """
    if not agents:
        return np.zeros(0)
    texts = [question, *(f"{agent.name}: {agent.description}"[:LONGEST_DESCRIPTION] for agent in agents)]
    fitting: Scores = CATEGORY_SHARE * _category_scores(question, agents, classifier)
    if len(agents) <= MOST_READ:
        return fitting + _alike(likeness.rows(texts))
    roughly = fitting + _alike(likeness.word_rows(texts))
    read = np.argsort(-roughly, kind="stable")[:MOST_READ]
    fitting[read] += _alike(likeness.rows([question, *(texts[1 + index] for index in read)]))
    return fitting


def _alike(rows: Rows) -> Scores:
    """The likeness of all rows but the first to the first."""
    cosines = (rows[1:] @ rows[0]).astype(np.float64)
    alike: Scores = (1.0 - CATEGORY_SHARE) * np.clip(cosines / MOST_ALIKE, 0.0, 1.0)
    return alike


def _category_scores(question: str, agents: Sequence[Agent], classifier: Classifier) -> Scores:
    """The probability of each agent's best category, as a share of the most probable one's among the agents."""
    probabilities = np.exp(classifier.log_probabilities(question))
    by_name = dict(zip(classifier.head.classes, probabilities.tolist(), strict=True))
    own = np.array([max((by_name.get(name, 0.0) for name in agent.categories), default=0.0) for agent in agents])
    best = float(own.max())
    return own / best if best > 0.0 else np.ones_like(own)
