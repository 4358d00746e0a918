from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oqtopus.adapters.embedded.encoder import VOCABULARY
from oqtopus.adapters.embedded.wordpiece import END, START, VocabularyChanged, WordPiece, read_vocabulary

WORDPIECE = WordPiece(read_vocabulary(VOCABULARY))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("where can I get sushi", [101, 2073, 2064, 1045, 2131, 10514, 6182, 102]),
        ("Ünïcödé café, 10€!", [101, 27260, 7668, 1010, 2184, 30102, 999, 102]),
        ("北京 hotel", [101, 1781, 1755, 3309, 102]),
        ("don't", [101, 2123, 1005, 1056, 102]),
        ("l’été — “x”", [101, 1048, 1521, 3802, 2063, 1517, 1523, 1060, 1524, 102]),
        ("a\u200bb\ufffdc\tD", [101, 5925, 1040, 102]),
        ("antidisestablishmentarianism", [101, 3424, 10521, 4355, 7875, 13602, 3672, 12199, 2964, 102]),
        ("x" * 101, [101, 100, 102]),
        ("😀 ok", [101, 100, 7929, 102]),
        ("", [101, 102]),
        ("e\u0301clair", [101, 14925, 19771, 2099, 102]),
        ("İstanbul", [101, 9960, 102]),
    ],
)
def test_tokens_are_those_of_hugging_face_tokenizers(text: str, numbers: list[int]) -> None:
    assert WORDPIECE.encode(text) == numbers


@settings(deadline=None)
@given(st.text(), st.integers(min_value=2, max_value=20))
def test_any_text_fits_the_limit_between_start_and_end(text: str, limit: int) -> None:
    numbers = WORDPIECE.encode(text, limit)

    assert numbers[0] == START
    assert numbers[-1] == END
    assert len(numbers) <= limit


def test_another_vocabulary_is_refused(tmp_path: Path) -> None:
    altered = tmp_path / "vocab.txt"
    altered.write_bytes(VOCABULARY.read_bytes() + b"more\n")

    with pytest.raises(VocabularyChanged):
        read_vocabulary(altered)
