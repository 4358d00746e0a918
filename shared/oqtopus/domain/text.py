"""What counts as text that a person may send or be shown."""

import unicodedata

_ALLOWED_CONTROLS = frozenset("\n\t")
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_VARIATION_SELECTORS = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
_INVISIBLE_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800")
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def is_forbidden(character: str) -> bool:
    """Whether a character has no place in input: controls other than newline and tab, bidi controls, surrogates."""
    if character in _ALLOWED_CONTROLS:
        return False
    return unicodedata.category(character) in {"Cc", "Cs"} or character in _BIDI_CONTROLS


def is_invisible(character: str) -> bool:
    """Whether a character shows nothing: format characters, tags, variation selectors, blank letters."""
    return (
        unicodedata.category(character) in _INVISIBLE_CATEGORIES
        or character in _INVISIBLE_LETTERS
        or character in _VARIATION_SELECTORS
    )


def is_blank(text: str) -> bool:
    """Whether nothing is left once white space and invisible characters are taken away."""
    return all(character.isspace() or is_invisible(character) for character in text)


def visible(text: str) -> str:
    """The text without its invisible characters, for showing and for prompts; newline and tab stay."""
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    hidden = [char for char in set(text) if char not in _ALLOWED_CONTROLS and is_invisible(char)]
    return text.translate(dict.fromkeys(map(ord, hidden))) if hidden else text
