"""What is asked of a language model and what comes back.

A task carries the same request twice: as data, for models that compute, and as a `Prompt`, for models that read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MAX_ANSWER_CHARACTERS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Prompt:
    """`system` is ours alone; `user` holds the question and quoted material from strangers."""

    system: str
    user: str


@dataclass(frozen=True, slots=True)
class RoutingTask:
    """Which categories does the question belong to, and what shape should its answer have?"""

    question: str
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Route:
    """Where a question goes: at most 4 categories, best first; none is a normal result.

    `confidence` is the calibrated probability that this is right; `output_structure` is a JSON Schema.
    """

    categories: tuple[str, ...]
    confidence: float
    routed_by: str
    output_structure: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class AnswerTask:
    """Answer from the model's own knowledge."""

    question: str
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Passage:
    """One agent's answer as synthesis sees it: cited as `[number]`, from the agent named `source`.

    Both texts are clean, and `text` holds no mark such as `[2]` of its own.
    """

    number: int
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class SynthesisTask:
    """Make one answer of several, citing each by its number."""

    question: str
    passages: tuple[Passage, ...]
    prompt: Prompt
