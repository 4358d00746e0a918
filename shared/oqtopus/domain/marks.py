"""Citation marks: `[2]` in an answer stands for source 2."""

import re
from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from oqtopus.domain.sentences import MARK, sentences
from oqtopus.domain.spans import Span

# Directly behind a bracket, or before a link's target, it is none.
_RUN = re.compile(rf"(?<![ \t])(?P<gap>[ \t]*+)(?<!\[)(?P<marks>(?P<close>(?:{MARK})+)(?:[ \t]?{MARK})*)(?!\()")
_NUMBER = re.compile(r"[0-9]+")
# How many marks directly behind a word are looked up in the code: a bound for the hostile.
_MOST_LOOKED_UP = 200
_LIST = re.compile(r"[,;]")
_IDENTIFIER = re.compile(r"[A-Za-z_](?:[\w.]{0,37}\w)?\Z")
# Before anything else, marks that are taken out leave a space behind: what they kept apart must not make a mark, a tag
# or a link once they are gone.
_HARMLESS = re.compile(r"[.,;!?…\"'”’)]*(?:\s|$)")


@dataclass(frozen=True, slots=True)
class Run:
    """Marks side by side with the space before them, and the numbers that they name."""

    span: Span
    gap: str
    marks: str
    numbers: tuple[int, ...]


def runs(text: str, code: str = "") -> list[Run]:
    """All marks of a text; `argv[1]` has none where `code` has `argv[1]` too."""
    found: list[Run] = []
    at = looked_up = 0
    while run := _RUN.search(text, at):
        word = None if run["gap"] else _IDENTIFIER.search(text, max(0, run.start() - 40), run.start())
        ends = (run.end("close"), run.start("marks") + run["marks"].index("]") + 1)
        looked_up += word is not None
        if looked_up > _MOST_LOOKED_UP:
            word = None
        is_code = [word is not None and text[word.start() : end] in code for end in ends]
        if any(is_code):
            at = ends[is_code.index(True)]
            continue
        numbers = tuple(dict.fromkeys(int(number) for number in _NUMBER.findall(run["marks"])))
        found.append(Run(Span(*run.span()), run["gap"], run["marks"], numbers))
        at = run.end()
    return found


def runs_within(found: Sequence[Run], part: Span) -> list[Run]:
    """Those in a part of the text, counted from its start; a space before the part is none of theirs."""
    own: list[Run] = []
    for run in islice(found, bisect_right(found, part.start, key=lambda run: run.span.end), None):
        if run.span.end > part.end:
            break
        start = run.span.end - len(run.marks)
        if part.start <= start:
            gap = run.gap[max(0, part.start - run.span.start) :]
            own.append(replace(run, span=Span(start - len(gap) - part.start, run.span.end - part.start), gap=gap))
    return own


def written(numbers: Collection[int]) -> str:
    return "".join(f"[{number}]" for number in numbers)


def marked(sentence: str, numbers: Collection[int]) -> str:
    """The sentence with marks behind its closing punctuation."""
    return f"{sentence.rstrip()} {written(numbers)}" if numbers else sentence


def cited(text: str, *numbers: int) -> str:
    """The text with marks behind each of its sentences."""
    parts: list[str] = []
    end = 0
    for span in sentences(text):
        parts += [text[end : span.start], marked(span.of(text), numbers)]
        end = span.end
    return "".join([*parts, text[end:]])


def keeping(text: str, found: Sequence[Run], kept: Collection[int]) -> str:
    """The text with those of its marks that name one of the numbers to be kept."""
    parts: list[str] = []
    end = 0
    for run in found:
        parts.append(text[end : run.span.start])
        numbers = [number for number in run.numbers if number in kept]
        if numbers:
            is_whole = len(numbers) == len(run.numbers) and not _LIST.search(run.marks)
            parts.append(run.gap + (run.marks if is_whole else written(numbers)))
        elif not _HARMLESS.match(text, run.span.end):
            parts.append(" ")
        end = run.span.end
    return "".join([*parts, text[end:]])
