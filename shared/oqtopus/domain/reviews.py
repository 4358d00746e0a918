"""What a review says of an answer: who says what of it, what nobody says, and where those who say it disagree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from oqtopus.domain.spans import Span

Kind = Literal["number", "value", "negation"]


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of the answer, and the part of the passage that it rests on."""

    span: Span
    quote: Span


@dataclass(frozen=True, slots=True)
class Disputed:
    """What passage `number` says at `span`."""

    number: int
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Claims of which each contradicts another one of them, in the order of their passages."""

    kind: Kind
    claims: tuple[Disputed, ...]

    @property
    def agents(self) -> tuple[int, ...]:
        """The numbers of the passages that take part."""
        return tuple(dict.fromkeys(claim.number for claim in self.claims))


@dataclass(frozen=True, slots=True)
class Review:
    """The answer with its marks put right, the claims of each passage by its number, and what nothing proves."""

    text: str
    claims: Mapping[int, Sequence[Claim]] = field(default_factory=dict)
    unsupported: tuple[Span, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()


def whole(text: str) -> tuple[Span, ...]:
    """All of a text as one span; none where it says nothing."""
    return (Span(0, len(text)),) if text.strip() else ()
