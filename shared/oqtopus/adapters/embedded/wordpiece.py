"""BERT's uncased WordPiece in plain Python, equal to Hugging Face `tokenizers` for MiniLM's vocabulary."""

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
UNKNOWN, START, END = 100, 101, 102
# MiniLM was trained on 128 tokens.
LIMIT = 128
LONGEST_WORD = 100
# The blocks of Chinese characters that BERT takes one at a time.
CHINESE = (
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0x2F800, 0x2FA1F),
)
# No token stands for more than a few dozen characters, so what follows could not change the first tokens.
LONGEST_TEXT = 8_000


class VocabularyChanged(Exception):
    """The vocabulary is not the one the model was trained with."""


def read_vocabulary(path: Path) -> dict[str, int]:
    """The tokens of a `vocab.txt`, one a line, by their line number."""
    raw = path.read_bytes()
    if hashlib.sha256(raw).hexdigest() != VOCABULARY_SHA256:
        raise VocabularyChanged(path.name)
    return {token: number for number, token in enumerate(raw.decode("utf-8").split("\n")[:-1])}


class WordPiece:
    """Turns text into token numbers: lower case, accents off, then the longest known piece first."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._vocabulary = vocabulary

    def encode(self, text: str, limit: int = LIMIT) -> list[int]:
        """At most `limit` numbers, the start and end tokens among them."""
        numbers = [START]
        for word in _words(text[:LONGEST_TEXT]):
            numbers += self._pieces(word)
            if len(numbers) >= limit - 1:
                break
        return [*numbers[: limit - 1], END]

    def _pieces(self, word: str) -> list[int]:
        if len(word) > LONGEST_WORD:
            return [UNKNOWN]
        pieces: list[int] = []
        start = 0
        while start < len(word):
            number, start = self._longest(word, start)
            if number == UNKNOWN:
                return [UNKNOWN]
            pieces.append(number)
        return pieces

    def _longest(self, word: str, start: int) -> tuple[int, int]:
        """The number of the longest known piece that begins at `start`, and where it ends."""
        prefix = "##" if start else ""
        for end in range(len(word), start, -1):
            number = self._vocabulary.get(prefix + word[start:end])
            if number is not None:
                return number, end
        return UNKNOWN, len(word)


def _words(text: str) -> Iterator[str]:
    """Runs of letters and digits, and each punctuation mark or Chinese character by itself."""
    letters: list[str] = []
    for character in unicodedata.normalize("NFD", text.lower()):
        category = unicodedata.category(character)
        if _is_ignored(character, category):
            continue
        is_alone = _stands_alone(character, category)
        if letters and (is_alone or character.isspace()):
            yield "".join(letters)
            letters.clear()
        if is_alone:
            yield character
        elif not character.isspace():
            letters.append(character)
    if letters:
        yield "".join(letters)


def _is_ignored(character: str, category: str) -> bool:
    """Accents, control characters and the replacement character."""
    if category == "Mn" or character in "\x00\ufffd":
        return True
    return category in ("Cc", "Cf", "Co", "Cs") and character not in "\t\n\r"


def _stands_alone(character: str, category: str) -> bool:
    code = ord(character)
    if code < 128:
        return not (character.isalnum() or character.isspace())
    return category.startswith("P") or any(first <= code <= last for first, last in CHINESE)
