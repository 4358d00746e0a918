"""BM25 over short texts whose fields weigh differently."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# The usual constants: how soon repeating a term stops helping, and how much a long text is discounted.
_SATURATION = 1.2
_LENGTH_DISCOUNT = 0.5
_MOST_HITS = 60


@dataclass(frozen=True, slots=True)
class Hit:
    """``coverage`` is the share of the question's information that the text contains, from 0 to 1."""

    index: int
    score: float
    coverage: float


class Index:
    """Each text is given as its terms with their weights, so that a term in a name can count for more."""

    def __init__(self, texts: Sequence[Mapping[str, float]]) -> None:
        self._size = len(texts)
        lengths = [sum(text.values()) for text in texts]
        average = sum(lengths) / max(len(lengths), 1)
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for at, text in enumerate(texts):
            discount = _SATURATION * (1 - _LENGTH_DISCOUNT + _LENGTH_DISCOUNT * lengths[at] / average)
            for term, weight in text.items():
                self._postings[term].append((at, weight * (_SATURATION + 1) / (weight + discount)))

    def search(self, terms: Mapping[str, Mapping[str, float]]) -> list[Hit]:
        """Rank texts for terms that each stand with their synonyms and weights; the best come first."""
        scores: dict[int, float] = defaultdict(float)
        covered: dict[int, float] = defaultdict(float)
        total = 0.0
        for term, synonyms in terms.items():
            rarity = self._rarity(term)
            total += rarity
            best: dict[int, float] = {}
            for synonym, weight in synonyms.items():
                for at, strength in self._postings.get(synonym, ()):
                    best[at] = max(best.get(at, 0.0), strength * weight)
            for at, strength in best.items():
                scores[at] += rarity * strength
                covered[at] += rarity
        best_first = sorted(scores, key=lambda at: -scores[at])[:_MOST_HITS]
        return [Hit(at, scores[at], covered[at] / total) for at in best_first]

    def _rarity(self, term: str) -> float:
        found = len(self._postings.get(term, ()))
        return math.log(1 + (self._size - found + 0.5) / (found + 0.5))
