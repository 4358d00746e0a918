"""Links as text: an https URL stays when its host is plain to see, anything else loses what makes it a link."""

import re

from oqtopus.domain.cleaning.stage import Stage, gap

_DROPPED = ("https", "http", "ftps", "ftp", "sftp", "wss", "ws")
_SCHEME = re.compile(r"[A-Za-z0-9+.-]*+\Z")
_SCHEME_CHARACTER = re.compile(r"[A-Za-z0-9+.-]")
_LONGEST_SCHEME = max(map(len, _DROPPED))
_BEGUN = re.compile(r"(?P<scheme>[A-Za-z0-9+.-]*+)(?P<colon>:/?)?\Z")
_SLASHES = re.compile(r"[:/\\]{0,16}")

# Browsers take more for a host than this, such as `good.example'.evil.example`; what follows must rule that out.
_HOST = r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}+(?::[0-9]{1,5}+)?"
_CLOSING = r"[^\w\s@\\%&=+~$/?#\[\]>|^]{0,8}+"
_PLAIN = re.compile(rf"{_HOST}(?:[/?#\[\]>|^]|{_CLOSING}(?:\s|\Z))|\Z")
_UNDECIDED = re.compile(rf"[A-Za-z0-9.-]{{0,253}}+(?::[0-9]{{0,5}}+)?{_CLOSING}")
_LONGEST_HOST = 280

HTTPS_URL = re.compile(
    r"https://(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*)(?::[0-9]{1,5})?(?:[/?#][A-Za-z0-9._~:/?#!$&'()*+,;=%@-]*)?"
)
"""An https URL whose host anybody can read: ASCII, no user, no escapes."""


class Urls(Stage):
    """`http://host` becomes `host`; `https://host` stays when nothing disguises its host."""

    marks = re.compile("://")

    def _start(self, text: str, at: int, mark: re.Match[str]) -> int:
        scheme = _SCHEME.search(text, max(at, mark.start() - _LONGEST_SCHEME - 1), mark.start())
        assert scheme is not None, "it also matches nothing"
        return scheme.start()

    def _settled(self, text: str, at: int) -> int:
        """A colon may become `://`, and before it stands what may become a scheme."""
        begun = _BEGUN.search(text, max(at, len(text) - _LONGEST_SCHEME - 3))
        assert begun is not None, "it also matches nothing"
        if begun.start() == at and _SCHEME_CHARACTER.fullmatch(self._last):
            return begun.end("scheme")
        scheme = begun["scheme"].lower()
        possible = [one for one in _DROPPED if one.startswith(scheme)] if not begun["colon"] else _DROPPED
        is_possible = scheme in possible or (not begun["colon"] and bool(possible))
        return begun.start() if is_possible else begun.end("scheme")

    def _decide(self, text: str, start: int, mark: int, is_last: bool) -> int | None:
        scheme = text[start:mark]
        is_dropped = scheme.lower() in _DROPPED and not _SCHEME_CHARACTER.fullmatch(self._last)
        if is_dropped and scheme.lower() == "https" and self._last != ":":
            window = text[mark + 3 : mark + 3 + _LONGEST_HOST]
            if not is_last and _UNDECIDED.fullmatch(window):
                return None
            if _PLAIN.match(window):
                self._give(text[start : mark + 3])
                return mark + 3
        return self._dropped(text, start, mark, is_last, is_dropped)

    def _dropped(self, text: str, start: int, mark: int, is_last: bool, is_dropped: bool) -> int | None:
        slashes = _SLASHES.match(text, mark)
        assert slashes is not None, "it begins at a mark"
        end = slashes.end()
        if end + 2 > len(text) and not is_last:
            return None
        right = text[end : end + 2]
        if is_dropped and right[:1].isalnum():
            self._give(gap(self._last, right))
        else:
            self._give(text[start:mark])
            self._give("" if not right or right[0].isspace() else " ")
        return end


_SCRIPTS = ("javascript", "vbscript")
_MAILS = ("mailto", "xmpp")
_LONGEST_NAME = 10
_MOST_SPACE = 16
_SPACE = re.compile(rf"\s{{0,{_MOST_SPACE}}}")
_SEPARATORS = re.compile(r"[:\s]{0,16}")
_MEDIA_TYPE = re.compile(r"[,;]|[A-Za-z][A-Za-z0-9_.+-]{0,31}(?:/|(?<=[A-Za-z0-9_.+-]{32}))")
_KNOWN_MEDIA_TYPE = re.compile(r"(?:application|audio|font|image|message|model|multipart|text|video)/", re.IGNORECASE)
_MEDIA_TYPE_BEGUN = re.compile(r"(?:[A-Za-z][A-Za-z0-9_.+-]{0,31})?")
_PROGRAM = re.compile(r"[\w$.]{1,40}[(=]|[%/]")
_PROGRAM_BEGUN = re.compile(r"[\w$.]{0,40}")


class Schemes(Stage):
    """`javascript:…`, `data:…` and the like lose their colon; in prose, such as `the data: 5 items`, it stays."""

    marks = re.compile(":")

    def __init__(self) -> None:
        super().__init__()
        self._before = ""

    def _give(self, text: str) -> None:
        super()._give(text)
        self._before = (self._before + "".join(text.split()))[-_LONGEST_NAME:]

    def _decide(self, text: str, start: int, mark: int, is_last: bool) -> int | None:
        is_link = self._is_link(text[mark + 1 : mark + 64], is_last)
        if is_link is None:
            return None
        if not is_link:
            self._give(":")
            return mark + 1
        separators = _SEPARATORS.match(text, mark)
        assert separators is not None, "it begins at a mark"
        if separators.end() == len(text) and not is_last:
            return None
        self._give(" ")
        return separators.end()

    def _is_link(self, following: str, is_last: bool) -> bool | None:
        name = self._before.lower()
        if not name.endswith((*_SCRIPTS, *_MAILS, "data", "file")):
            return False
        space = _SPACE.match(following)
        assert space is not None, "it also matches nothing"
        if space.end() == _MOST_SPACE:
            return True
        after = following[space.end() :]
        if not after:
            return False if is_last else None
        if name.endswith("file"):
            return after[0] in "/\\"
        if name.endswith("data"):
            return _matches(_KNOWN_MEDIA_TYPE if space[0] else _MEDIA_TYPE, _MEDIA_TYPE_BEGUN, after, is_last)
        if not space[0]:
            return True
        if name.endswith(_MAILS):
            return False
        return _matches(_PROGRAM, _PROGRAM_BEGUN, after, is_last)


def _matches(pattern: re.Pattern[str], begun: re.Pattern[str], text: str, is_last: bool) -> bool | None:
    if not is_last and begun.fullmatch(text):
        return None
    return pattern.match(text) is not None
