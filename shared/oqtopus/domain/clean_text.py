"""Text from strangers and from models, made safe to leave: no markup, no link but plain https, no secret (O2, O3).

What is clean stays as it is, cleaning it again included, and cleaning takes time in proportion to the text.
"""

import re

from oqtopus.domain.cleaning.keys import Keys
from oqtopus.domain.cleaning.links import Schemes, Urls
from oqtopus.domain.cleaning.markdown import Markdown
from oqtopus.domain.cleaning.tags import Angles, Tags
from oqtopus.domain.cleaning.tokens import Tokens
from oqtopus.domain.text import visible

# Text without any of these is clean. They take in a little more than the stages do, and are looked for in C.
_MARKS = re.compile(r"<[A-Za-z/!?]|!\[|\][(\[:]|:(?!\s|\Z)|:\s+(?:[\w$.]{1,40}[(=/%]|[/%\\])|:\s{16}")
_WORDS = ("eyJ", "oq", "BEGIN")


class TextCleaner:
    """Cleans one text that comes in pieces; all that it gives on, joined, is `clean` of all that came, joined.

    What a later piece could turn into something else is held back: some hundred characters, or a private key.
    """

    def __init__(self) -> None:
        # Each stage leaves alone what those before it have seen to, so that nothing has to be looked at twice: tags go
        # first, because what they are put between is anything; keys go last, because their marks have spaces in them.
        self._stages = (Tags(), Tokens(), Markdown(), Urls(), Schemes(), Keys(), Angles())

    def feed(self, piece: str) -> str:
        """What can be given on once this piece has come, which may be nothing."""
        return self._passed(piece, is_last=False)

    def finish(self) -> str:
        """The rest, once there is no further piece."""
        return self._passed("", is_last=True)

    def _passed(self, text: str, is_last: bool) -> str:
        text = visible(text)
        for stage in self._stages:
            text = stage.take(text, is_last)
        return text


def clean(text: str) -> str:
    """The text as it may be shown; whatever beginning of it is clean as well."""
    shown = visible(text)
    if _MARKS.search(shown) is None and not any(word in shown for word in _WORDS):
        return shown
    cleaner = TextCleaner()
    return cleaner.feed(shown) + cleaner.finish()


def clean_name(name: str) -> str:
    """A name that its owner has chosen, in one line; one of which nothing is left is shown as `unnamed`."""
    return clean(" ".join(visible(name).split())).strip() or "unnamed"


def clean_value(value: object) -> object:
    """A JSON value with all its strings cleaned, the names in it too."""
    match value:
        case str():
            return clean(value)
        case list():
            return [clean_value(item) for item in value]
        case dict():
            return {clean(name): clean_value(item) for name, item in value.items()}
        case _:
            return value


def without_secrets(text: str) -> str:
    """The text as a model may read it: markup and links stay, tokens and private keys do not (P4)."""
    shown = visible(text)
    return Keys().take(Tokens().take(shown, is_last=True), is_last=True)
