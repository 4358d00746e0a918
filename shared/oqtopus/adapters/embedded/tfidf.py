"""TF-IDF over words and pieces of words: finds a wording, where MiniLM finds a meaning."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

# A text's terms and their weights; the squares of the weights add up to 1.
Weights = dict[str, float]

LONGEST_TEXT = 2_000
_WORD = re.compile(r"\w\w+")
_SPACE = re.compile(r"\s+")


class Tfidf:
    """Weighs the terms of a text by how rare they are in the texts it was made from."""

    def __init__(self, rarity: Mapping[str, float], unseen: float) -> None:
        """`rarity` is the inverse document frequency of each term, `unseen` that of all others."""
        self.rarity = rarity
        self.unseen = unseen

    def weights(self, text: str) -> Weights:
        """Words and their pieces count half each, whatever their numbers."""
        folded = text[:LONGEST_TEXT].lower()
        words = self._unit(word_terms(folded))
        return words | self._unit(piece_terms(folded), share=0.5 if words else 1.0)

    def _unit(self, terms: Iterable[str], share: float = 0.5) -> Weights:
        """Sublinear term frequency times rarity, scaled so that the squares add up to `share`."""
        raw = {
            term: (1.0 + math.log(count)) * self.rarity.get(term, self.unseen) for term, count in Counter(terms).items()
        }
        length = math.sqrt(sum(weight * weight for weight in raw.values()) / share)
        return {term: weight / length for term, weight in raw.items()} if length else {}


def fitted(texts: Iterable[str], fewest: int) -> Tfidf:
    """Rarity from `texts`, kept for terms that at least `fewest` of them hold (smoothed, as in scikit-learn)."""
    seen: Counter[str] = Counter()
    total = 0
    for text in texts:
        folded = text[:LONGEST_TEXT].lower()
        seen.update({*word_terms(folded), *piece_terms(folded)})
        total += 1
    rarity = {
        term: math.log((1 + total) / (1 + count)) + 1.0 for term, count in sorted(seen.items()) if count >= fewest
    }
    return Tfidf(rarity, math.log(1 + total) + 1.0)


def similarity(first: Weights, second: Weights) -> float:
    """The cosine of two weighted texts, 0 (no term in common) to 1."""
    if len(first) > len(second):
        first, second = second, first
    return sum(weight * second.get(term, 0.0) for term, weight in first.items())


def word_terms(folded: str) -> Iterator[str]:
    """Words of two or more characters, and each pair of neighbours."""
    words = _WORD.findall(folded)
    yield from words
    for left, right in pairwise(words):
        yield f"{left} {right}"


def piece_terms(folded: str) -> Iterator[str]:
    """Runs of three to five characters inside each word; `#` keeps them apart from words."""
    for word in _SPACE.split(folded.strip()):
        padded = f" {word} "
        for size in (3, 4, 5):
            for start in range(max(1, len(padded) - size + 1)):
                yield "#" + padded[start : start + size]
            if len(padded) <= size:
                break
