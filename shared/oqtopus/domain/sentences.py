"""Where the sentences of a text are. Offsets count Unicode code points from the start of the text."""

import re
from collections.abc import Iterable, Iterator

from oqtopus.domain.spans import Span

# A sentence that leans on the one before it is read with it, unless the two are longer than this together.
LONGEST_STATEMENT = 400
# `[2]` and `[2, 3]`: they stand for sources.
MARK = r"\[[0-9]{1,3}(?:[,;] ?[0-9]{1,3})*\]"

_LINE_BREAK = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
_LINE = re.compile(rf"[^{_LINE_BREAK.pattern[1:-1]}]+")
_SPOKEN = re.compile(r"[^\W_]")
_VISIBLE = re.compile(r"\S")
_BULLET = re.compile(r"\s*(?:(?:[-*•–]|\d{1,2}[.)])\s++(?!\[))?")
_MARK = re.compile(MARK)
# Citation marks behind the closing punctuation belong to the sentence. After them, and after Chinese and Japanese
# punctuation, a sentence ends without a space too.
_END = re.compile(
    rf"(?P<stop>(?<![.!?…؟।])[.!?…؟।]++[\"'”’»)\]]*+)(?:(?:[ \t]*+{MARK})+(?!\()|(?=\s))"
    rf"|(?<![。！？])[。！？]++[\"'”’」』）]*+(?:(?:[ \t]*+{MARK})+(?!\())?"
)
_TITLE = re.compile(r"(?<![\w'’.])(?:[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|St|vs|approx|ca|e\.g|i\.e|cf)\.$")
_SHORT_FORM = re.compile(r"(?<![\w'’.])(?:etc|Inc|Ltd|Co|Corp|Jr|Sr|al|[A-Za-z](?:\.[A-Za-z])+)\.$")
_NUMBER_SIGN = re.compile(r"(?<![\w'’.])(?:No|Nr|Vol|Fig|p|pp)\.$")
_LEANING = re.compile(r"(?:It|Its|This|These|They|Their|He|His|She|Her)\b")


def sentences(text: str) -> list[Span]:
    """Every sentence, with its closing punctuation and citation marks, without its bullet; a line break ends one.

    Every letter of the text is in exactly one sentence. What has no letter and no digit but in marks is none.
    """
    return list(each_sentence(text))


def each_sentence(text: str) -> Iterator[Span]:
    """The same, one after the other, for those who need only the first."""
    for line in _LINE.finditer(text):
        yield from _of_line(text, line.start(), line.end())


def statements(text: str) -> list[Span]:
    """The sentences, each joined by those that lean on it, such as `It …`: what can be understood alone."""
    return joined(text, each_sentence(text))


def joined(text: str, parts: Iterable[Span]) -> list[Span]:
    """The statements that these sentences of a text are."""
    whole: list[Span] = []
    for span in parts:
        if whole and _leans(text, whole[-1], span):
            whole[-1] = Span(whole[-1].start, span.end)
        else:
            whole.append(span)
    return whole


def _of_line(text: str, start: int, end: int) -> Iterator[Span]:
    bullet = _BULLET.match(text, start, end)
    begin = seen = bullet.end() if bullet else start
    for stop in [*_stops(text, begin, end), end]:
        if any(character.isalnum() for character in _MARK.sub("", text[seen:stop])):
            yield _trimmed(text, begin, stop)
            begin = stop
        seen = stop


def _stops(text: str, start: int, end: int) -> Iterator[int]:
    seen = start
    for found in _END.finditer(text, start, end):
        # Nothing ends where there is nothing but punctuation and marks since the last end.
        if _SPOKEN.search(text, seen, found.end()) is None:
            seen = found.end()
            continue
        following = _VISIBLE.search(text, found.end(), end)
        before = text[max(start, found.start() - 8) : found.end("stop")] if found["stop"] else ""
        if not _goes_on(before, following[0] if following else ""):
            seen = found.end()
            yield seen


def _goes_on(before: str, following: str) -> bool:
    """Whether the sentence goes on behind this full stop."""
    if _TITLE.search(before):
        return True
    if _NUMBER_SIGN.search(before):
        return following.isdigit()
    is_soft = before[-1:] in tuple("\"'”’»)…!?") or _SHORT_FORM.search(before) is not None
    return is_soft and following.islower()


def _trimmed(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def _leans(text: str, first: Span, second: Span) -> bool:
    between = text[first.end : second.start]
    return (
        _LEANING.match(text, second.start) is not None
        and second.end - first.start <= LONGEST_STATEMENT
        and _LINE_BREAK.search(between) is None
    )
