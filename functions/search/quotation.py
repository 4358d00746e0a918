"""What the agents wrote, word for word: the answer when no model can make one text of it (P8)."""

from collections.abc import Sequence

from oqtopus.domain.clean_text import clean
from oqtopus.domain.model import MAX_ANSWER_CHARACTERS, Passage

# Inside a quotation, its own marks would end it.
_INNER_MARKS = str.maketrans("“”", "‘’")


def quotation(passages: Sequence[Passage]) -> str:
    """A paragraph for each passage, such as `Film guide wrote: “…” [1]`; long ones are cut, so that all have room."""
    share = MAX_ANSWER_CHARACTERS // max(1, len(passages))
    text = "\n\n".join(_quoted(passage, share) for passage in passages)
    return clean(text)[:MAX_ANSWER_CHARACTERS]


def _quoted(passage: Passage, share: int) -> str:
    source, text = (part.translate(_INNER_MARKS).strip() for part in (passage.source, passage.text))
    room = share - len(f"{source} wrote: “ …” [{passage.number}]\n\n")
    shown = text if len(text) <= room else f"{text[:room]} …"
    return f"{source} wrote: “{shown}” [{passage.number}]"
