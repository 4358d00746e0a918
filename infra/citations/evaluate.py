"""Judges the citations: is what a passage proves found, and is what contradicts found? On the hand-made pairs.

python -m infra.citations.evaluate
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from infra.citations.pairs import SETS, StatementPair, SupportPair, statement_pairs, support_pairs
from oqtopus.adapters.embedded.encoder import Encoder, minilm
from oqtopus.adapters.embedded.head import load
from oqtopus.adapters.embedded.likeness import Likeness
from oqtopus.domain.citations import review
from oqtopus.domain.disagreement import disagreements
from oqtopus.domain.evidence import evidence_of
from oqtopus.domain.model import Passage
from oqtopus.domain.support import Alike


@dataclass(frozen=True, slots=True)
class Score:
    """How many were found, how many of these rightly, and how many were to be found."""

    found: int
    right: int
    wanted: int
    pairs: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.wanted if self.wanted else 1.0


def support_score(pairs: Iterable[SupportPair], alike: Alike) -> Score:
    """Judged as a whole answer of one sentence is."""
    return _score((is_supported(pair, alike), pair.is_supported) for pair in pairs)


def disagreement_score(pairs: Iterable[StatementPair]) -> Score:
    """A contradiction found in another thing than it is in is found wrongly."""
    return _score((kind_found(pair), pair.kind) for pair in pairs)


def is_supported(pair: SupportPair, alike: Alike) -> bool:
    return bool(review(pair.sentence, [Passage(1, "agent", pair.passage)], alike).claims)


def kind_found(pair: StatementPair) -> str | None:
    found = disagreements(evidence_of([Passage(1, "one", pair.first), Passage(2, "other", pair.second)]))
    return found[0].kind if found else None


def alike(encoder: Encoder | None) -> Alike:
    """As the embedded model has it, without MiniLM too."""
    return Likeness(load().tfidf, encoder).alike


def rows() -> Iterator[tuple[str, Score]]:
    with_minilm, without = alike(minilm()), alike(None)
    for name in SETS:
        yield f"support, {name}", support_score(support_pairs(name), with_minilm)
        yield f"support, {name}, without MiniLM", support_score(support_pairs(name), without)
    for name in SETS:
        yield f"disagreement, {name}", disagreement_score(statement_pairs(name))


def _score(judged: Iterable[tuple[object, object]]) -> Score:
    pairs = list(judged)
    return Score(
        found=sum(bool(found) for found, _ in pairs),
        right=sum(bool(found) and found == wanted for found, wanted in pairs),
        wanted=sum(bool(wanted) for _, wanted in pairs),
        pairs=len(pairs),
    )


def main() -> None:
    # The table says where MiniLM was left out; the model's own warning would only repeat it.
    logging.getLogger("oqtopus").addHandler(logging.NullHandler())
    print(f"{'':<34} {'pairs':>6} {'precision':>10} {'recall':>7}")
    for name, score in rows():
        print(f"{name:<34} {score.pairs:>6} {score.precision:>10.3f} {score.recall:>7.3f}")


if __name__ == "__main__":
    main()
