"""Words of a question: normalised, stemmed, counted, and joined again."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

_WORD = re.compile(r"[a-z0-9]+")

_STOPWORDS = """
a about all am an and any are as ask at be best been between but by can could did do does for from get
give had has have how i if in into is it its know like list made make many me most much my need of on
one or out over please recommend show should some something suggest tell than that the their them there
these they this to under use used using want was watch way were what when where which who whom whose why
will with would you your s t d m ll re ve whats
"""
STOPWORDS = frozenset(_STOPWORDS.split())


def words(text: str) -> list[str]:
    """Lower-case words without accents: ``"Amélie"`` gives ``["amelie"]``."""
    text = text.lower()
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(char for char in decomposed if not unicodedata.combining(char))
    return _WORD.findall(text)


def stem(word: str) -> str:
    """Strip the commonest English endings, so that *sorted*, *sorting* and *sorts* meet at *sort*."""
    if len(word) <= 3:
        return word
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)]
            if ending in ("ing", "ed") and word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def content_stems(text: str) -> list[str]:
    """Stems of the words that carry meaning, in order."""
    return [stem(word) for word in words(text) if word not in STOPWORDS]


def contains(haystack: Sequence[str], needle: Sequence[str]) -> bool:
    """Whether ``needle`` stands in ``haystack`` as an unbroken run."""
    size = len(needle)
    starts = range(len(haystack) - size + 1)
    return size > 0 and any(haystack[start : start + size] == needle for start in starts)


def listed(names: Iterable[str]) -> str:
    """Join names as prose does: ``"a, b and c"``."""
    items = list(names)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""
