"""Finds the quantities of a sentence: `12 euros`, `$1.2 million`, `ten-year`, `9 am to 5 pm`, `12 May`, `in 1995`."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from oqtopus.domain.quantities import CLOCK, DATE, YEAR, Bound, Quantity
from oqtopus.domain.spans import Span
from oqtopus.domain.vocabulary import LABELS, MONTHS, NUMBER_WORDS, ROUGHLY, SCALES, STOP_WORDS, UNITS, stem

_YEARS: Final = range(1_500, 2_101)
_LETTERS: Final = {"k": 1e3, "m": 1e6, "bn": 1e9, "mn": 1e6}
_CURRENCIES: Final = frozenset({"dollar", "euro", "pound", "sterling", "yen"})
# Longer numbers lose their further digits: a float has room for 308, and nobody reads them.
_MOST_DIGITS: Final = 300
MOST_NUMBERS: Final = 16

_WORD = "|".join(sorted(NUMBER_WORDS, key=len, reverse=True))
_NUMBER = re.compile(
    r"(?<![\w.,:/])(?P<sign>[$€£¥]\s?)?(?:"
    r"(?P<grouped>\d{1,3}(?:[,'’\u00a0\u202f]\d{3})+(?:\.\d+)?)"
    r"|(?P<continental>\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,})"
    r"|(?P<plain>\d+(?:[.,]\d+)?)"
    rf"|(?P<word>(?:{_WORD})(?:-(?:{_WORD}))?|one(?=\sand\sa\shalf\b))"
    r")(?P<half>\sand\sa\shalf\b)?(?P<ending>(?:s|st|nd|rd|th)\b)?(?![.,:]?\d)",
    re.IGNORECASE | re.ASCII,
)
# What looks like a number, found much quicker than it is read.
_LIKE_A_NUMBER = re.compile(rf"\d[\d.,:/'’-]*+|\b(?:{_WORD}|noon|midnight)\b", re.IGNORECASE | re.ASCII)
_MONTH = "|".join(MONTHS)
_DATE = re.compile(
    rf"\b(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?:\sof)?\s(?P<month>{_MONTH})\b"
    rf"|\b(?P<month2>{_MONTH})\s(?:the\s)?(?P<day2>[0-3]?\d)(?:st|nd|rd|th)?\b(?![:.,]?\d)"
    r"|\b(?P<year>\d{4})-(?P<month3>0[1-9]|1[0-2])-(?P<day3>[0-3]\d)\b",
    re.ASCII,
)
_CLOCK = re.compile(
    r"(?<![\w.,:])(?P<hour>[01]?\d|2[0-4])(?:[:.](?P<minute>[0-5]\d))?(?:\s?(?P<half>[ap])\.?m\b|(?<=:\d\d)\b)"
    r"|\b(?P<named>noon|midnight)\b",
    re.IGNORECASE | re.ASCII,
)
_SYMBOL = re.compile(r"\s?(%|°\s?[CF]\b|[€$£¥]|/\s?\d+\b|out of \d+\b|per ?cent\b|km/h\b)", re.IGNORECASE | re.ASCII)
_ATTACHED = re.compile(r"[^\W\d_]+")
_FOLLOWING = re.compile(r"[\s-]([^\W\d_][\w/’']*)")
_BEFORE = re.compile(r"(?:(\w+)\s)?(\w+|~)\s?(?:the\s|a\s)?$")
_AFTER = re.compile(r"\s?(?:(?P<least>\+|or more\b)|(?P<most>or (?:less|fewer)\b)|(?P<rough>or so\b))", re.IGNORECASE)
_HOUR_BEFORE = re.compile(r"\b(?:at|from|until|till|between|before|after)\s$", re.IGNORECASE)
_FROM = re.compile(r"\bfrom\s$", re.IGNORECASE)
_BETWEEN = re.compile(r"\bbetween\s$", re.IGNORECASE)
_RANGE = re.compile(r"\s?(?:-|–|—|\bto\b|\band\b|\bor\b|\buntil\b|\btill\b)\s?", re.IGNORECASE)
_TWO_WORD_BOUNDS: Final[dict[tuple[str, str], Bound]] = {
    **dict.fromkeys(
        (("more", "than"), ("older", "than"), ("at", "least"), ("start", "at"), ("starts", "at"), ("starting", "at")),
        "least",
    ),
    **dict.fromkeys((("less", "than"), ("fewer", "than"), ("younger", "than"), ("at", "most"), ("up", "to")), "most"),
}
_ONE_WORD_BOUNDS: Final[dict[str, Bound]] = {
    **dict.fromkeys(("over", "above", "exceeding", "exceeds", "minimum"), "least"),
    **dict.fromkeys(("under", "below", "within", "maximum"), "most"),
    **dict.fromkeys(ROUGHLY, "rough"),
}


def readable(text: str) -> tuple[str, int]:
    """The text up to its seventeenth number, and how many numbers that has; a bound for the hostile."""
    ends = [found.end() for found in islice(_LIKE_A_NUMBER.finditer(text), MOST_NUMBERS + 1)]
    if len(ends) <= MOST_NUMBERS:
        return text, len(ends)
    return text[: ends[-2]], MOST_NUMBERS


def quantities(text: str) -> tuple[Quantity, ...]:
    """In their order; what `per` or `every` stands before is part of a unit and none by itself."""
    found = [*_dates(text), *_clocks(text)]
    taken = [quantity.span for quantity in found]
    found += [
        number
        for number in _numbers(text)
        if not any(span.start < number.span.end and number.span.start < span.end for span in taken)
    ]
    whole: list[Quantity] = []
    for quantity in sorted(found, key=lambda quantity: quantity.span.start):
        merged = _merged(text, whole[-1], quantity) if whole else None
        if merged is None:
            whole.append(quantity)
        else:
            whole[-1] = merged
    return tuple(part for quantity in whole for part in _settled(text, quantity))


def _dates(text: str) -> Iterator[Quantity]:
    for found in _DATE.finditer(text):
        span = Span(*found.span())
        if found["year"]:
            yield Quantity(float(found["year"]), float(found["year"]), span, YEAR)
            value = 100.0 * int(found["month3"]) + int(found["day3"])
        else:
            month, day = found["month"] or found["month2"], int(found["day"] or found["day2"])
            value = 100.0 * (MONTHS.index(month) + 1) + day
        yield Quantity(value, value, span, DATE)


def _clocks(text: str) -> Iterator[Quantity]:
    for found in _CLOCK.finditer(text):
        half = (found["half"] or "").lower()
        if found["named"]:
            value = 720.0 if found["named"].lower() == "noon" else 1_440.0
        else:
            hour = int(found["hour"])
            value = 60.0 * (hour % 12 + 12 * (half == "p") if half else hour) + int(found["minute"] or 0)
        is_half_day = not half and not found["named"] and value < 780
        yield Quantity(value, value, Span(*found.span()), CLOCK, is_half_day=is_half_day)


def _numbers(text: str) -> Iterator[Quantity]:
    end = 0
    for found in _NUMBER.finditer(text):
        if found.start() < end:
            continue
        before = _BEFORE.search(text[max(0, found.start() - 30) : found.start()])
        first, last = (before[1] or "", before[2]) if before else ("", "")
        if last.lower() in ("per", "every"):
            continue
        number = _measured(text, found)
        if number is None or (found["plain"] and not number.unit and _is_label(last)):
            continue
        bound = _TWO_WORD_BOUNDS.get((first.lower(), last.lower())) or _ONE_WORD_BOUNDS.get(last.lower())
        if after := _AFTER.match(text, number.span.end):
            bound = "least" if after["least"] else "most" if after["most"] else "rough"
        end = number.span.end
        yield replace(number, bound=bound or "exact")


def _is_label(before: str) -> bool:
    """Whether a number behind this word is part of a name: `iPhone 14`, `room 12`."""
    folded = before.lower()
    return folded in LABELS or (before != folded and folded not in STOP_WORDS and before not in MONTHS)


def _measured(text: str, found: re.Match[str]) -> Quantity | None:
    """The number with its unit; None for what is part of a word, such as `3D`."""
    (value, step), end, unit = _value(found), found.end(), ""
    attached = _ATTACHED.match(text, end)
    if attached and found["sign"] and attached[0].lower() in _LETTERS:
        times, end = _LETTERS[attached[0].lower()], attached.end()
        value, step = value * times, step * times
    elif attached and attached[0].lower() in UNITS:
        unit, end = UNITS[attached[0].lower()], attached.end()
    elif attached:
        return None
    following = _FOLLOWING.match(text, end)
    if following and following[1].lower() in SCALES:
        times, end = SCALES[following[1].lower()], following.end()
        value, step = value * times, step * times
    if found["sign"]:
        return Quantity(value, value, Span(found.start(), end), UNITS[found["sign"].strip()], step=step)
    if unit:
        return Quantity(value, value, Span(found.start(), end), unit, step=step)
    unit, nouns, stop = _unit(text, end)
    number = Quantity(value, value, Span(found.start(), stop), unit, frozenset(map(stem, nouns)), step)
    if found["ending"] and found["ending"].lower() != "s":
        return replace(number, unit="th")
    return _as_time(number, found, nouns)


def _value(found: re.Match[str]) -> tuple[float, float]:
    """The number and the place of its last digit that counts."""
    half = 0.5 * bool(found["half"])
    if found["word"]:
        return sum(NUMBER_WORDS.get(part, 1) for part in found["word"].lower().split("-")) + half, 1.0
    if found["grouped"]:
        digits = re.sub(r"[^\d.]", "", found["grouped"])
    elif found["continental"]:
        digits = found["continental"].replace(".", "")
    else:
        digits = found["plain"]
    whole, _, decimals = digits.replace(",", ".").partition(".")
    whole, decimals = whole[:_MOST_DIGITS], decimals[:_MOST_DIGITS]
    value = float(f"{whole}.{decimals or 0}") + half
    if decimals or half:
        return value, 10.0 ** -len(decimals)
    return value, 10.0 ** (len(whole) - len(whole.rstrip("0"))) if value else 1.0


def _unit(text: str, end: int) -> tuple[str, Sequence[str], int]:
    """The unit behind a number and where it ends; without one, the words for what is counted."""
    if symbol := _SYMBOL.match(text, end):
        written = re.sub(r"\s", "", symbol[1].lower().replace("out of ", "/"))
        return UNITS.get(written, written), (), symbol.end()
    nouns: list[str] = []
    at = end
    while len(nouns) < 2 and (word := _FOLLOWING.match(text, at)):
        folded, at = word[1].lower(), word.end()
        if folded in UNITS:
            return UNITS[folded], (), at
        if folded in STOP_WORDS:
            break
        nouns.append(folded)
    return "", nouns, end


def _as_time(number: Quantity, found: re.Match[str], nouns: Sequence[str]) -> Quantity:
    """A number that reads as a year, a decade or an hour is one, unless things in the plural follow a year."""
    if number.unit == CLOCK:
        return replace(number, low=60 * number.low, high=60 * number.high, is_half_day=number.low < 13)
    if number.unit or not found["plain"] or not found["plain"].isdigit():
        return number
    if found["ending"] and number.low % 10 == 0:
        first = number.low + 1_900 * (number.low < 100)
        return replace(number, low=first, high=first + 9, unit=YEAR, nouns=frozenset(), step=1.0)
    is_counting = any(noun.endswith("s") or noun == "people" for noun in nouns)
    if len(found["plain"]) == 4 and int(number.low) in _YEARS and not is_counting:
        return replace(number, unit=YEAR, nouns=frozenset(), step=1.0)
    return number


def _merged(text: str, first: Quantity, second: Quantity) -> Quantity | None:
    """Both as one, where they are the ends of a range, or hours and their minutes."""
    between = text[first.span.end : second.span.start]
    span = Span(first.span.start, second.span.end)
    if first.unit == "hour" and second.unit == "minute" and re.fullmatch(r"\s?(?:and)?\s?", between):
        low = 60 * first.low + second.low
        return replace(second, low=low, high=low, span=span, bound=first.bound)
    if not _RANGE.fullmatch(between) or first.low < first.high:
        return None
    if "and" in between.lower() and not _BETWEEN.search(text[max(0, first.span.start - 9) : first.span.start]):
        return None
    low, is_half_day = first.low, first.is_half_day or second.is_half_day
    if not first.unit and not first.nouns and second.unit == CLOCK:
        low, is_half_day = 60 * low, True
    elif not (first.unit == second.unit and first.nouns <= second.nouns) and (first.unit or first.nouns):
        return None
    step = min(first.step, second.step)
    return replace(second, low=low, span=span, step=step, bound=first.bound, is_half_day=is_half_day)


def _settled(text: str, quantity: Quantity) -> Iterator[Quantity]:
    """With what the words before it make of it: an hour (`at 9`), or a price that begins there (`from 12 euros`).

    Hours from one time to another are two times.
    """
    before = text[max(0, quantity.span.start - 10) : quantity.span.start]
    if quantity.unit in _CURRENCIES and quantity.low == quantity.high and _FROM.search(before):
        quantity = replace(quantity, bound="least")
    is_bare = not quantity.unit and not quantity.nouns and 0 < quantity.high <= 24 and quantity.step == 1.0
    if is_bare and _HOUR_BEFORE.search(before):
        is_half_day, low, high = quantity.high <= 12, 60 * quantity.low, 60 * quantity.high
        quantity = replace(quantity, low=low, high=high, unit=CLOCK, is_half_day=is_half_day)
    if quantity.unit == CLOCK and quantity.low != quantity.high:
        yield replace(quantity, high=quantity.low)
        yield replace(quantity, low=quantity.high)
    else:
        yield quantity
