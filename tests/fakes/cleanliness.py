"""What no text of ours may hold, said once more and without the code that sees to it (O2, O3)."""

import re
import unicodedata
from collections.abc import Iterator

_FAULTS = {
    "a tag": r"<[A-Za-z/!?]",
    "an image": r"!\[",
    "a link": r"\]\(",
    "a definition": r"(?m)^[ \t>*+-]*\[[^\[\]\n]*\]:",
    "a reference": r"(?<![\w\]])(?!\[\s*\d+\s*\]\[\s*\d+\s*\])\[[^\[\]]*\]\[[^\[\]]*\]",
    "a scheme": r"(?i)\b(?!https:)[a-z][a-z0-9+.-]*://",
    "a script": r"(?i)(?:j\s*a\s*v\s*a|v\s*b)\s*s\s*c\s*r\s*i\s*p\s*t\s*:(?=\S|\s+[\w.$]{1,40}[(=])",
    "a data URL": r"(?i)d\s*a\s*t\s*a\s*:(?:[a-z]+/|[,;]|\s+(?:text|image|application)/)",
    "a file URL": r"(?i)f\s*i\s*l\s*e\s*:\s*/",
    "a private key": r"BEGIN[\sA-Z0-9]*PRIVATE\s+KEY",
    "a token": r"eyJ[A-Za-z0-9_-]{7,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]",
    "a credential of ours": r"oq[st]_[0-9A-Za-z]{46}|oqm_[0-9A-Za-z]{49}",
}
_HTTPS = re.compile(r"(?i)https://(\S*)")
_PLAIN_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*(?::\d{1,5})?(?![\w@\\%&=+~$-])")


def faults_in(text: str) -> Iterator[str]:
    """A line for each thing in the text that may not be there."""
    for character in set(text):
        hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"} and character not in "\n\t"
        selector = 0xFE00 <= ord(character) <= 0xFE0F or 0xE0000 <= ord(character) <= 0xE01FF
        if hidden or selector:
            yield f"U+{ord(character):04X}"
    for name, pattern in _FAULTS.items():
        if found := re.search(pattern, text):
            yield f"{name}: {found[0][:80]!r}"
    for found in _HTTPS.finditer(text):
        if found[1] and not _PLAIN_HOST.match(found[1]):
            yield f"a host in disguise: {found[0][:80]!r}"
