"""HTML: known tags go, and no other `<` is left that a browser would take for the beginning of one."""

import re

from oqtopus.domain.cleaning.stage import Stage, gap

LONGEST_TAG = 400

_KNOWN_TAG = re.compile(
    r"""
      a | abbr | acronym | address | animate | animatemotion | animatetransform | annotation | annotation-xml
    | applet | area | article | aside | audio | b | base | basefont | bdi | bdo | bgsound | big | blink
    | blockquote | body | br | button | canvas | caption | center | cite | clippath | code | col | colgroup
    | command | data | datalist | dd | del | details | dfn | dialog | dir | div | dl | dt | element | em
    | embed | feimage | fieldset | figcaption | figure | font | footer | foreignobject | form | frame
    | frameset | h1 | h2 | h3 | h4 | h5 | h6 | head | header | hgroup | hr | html | i | iframe | image | img
    | input | ins | isindex | kbd | keygen | label | legend | li | lineargradient | link | listing | main
    | map | mark | marquee | math | menu | menuitem | meta | meter | mfrac | mglyph | mi | mn | mo | mpath
    | mrow | ms | mtable | mtd | mtext | mtr | multicol | nav | nextid | nobr | noembed | noframes | noscript
    | object | ol | optgroup | option | output | p | param | picture | plaintext | portal | pre | progress | q
    | radialgradient | rb | rp | rt | rtc | ruby | s | samp | script | search | section | select
    | selectedcontent | semantics | slot | small | source | spacer | span | strike | strong | style | sub
    | summary | sup | svg | table | tbody | td | template | textarea | textpath | tfoot | th | thead | time
    | title | tr | track | tspan | tt | u | ul | var | video | wbr | xml | xmp
    """,
    re.VERBOSE | re.IGNORECASE,
)

_LINK = r"[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*+"
_WHOLE = re.compile(
    rf"""
    </?(?P<name>[A-Za-z][A-Za-z0-9-]*+)(?P<attributes>[\s/][^<>]*+)?>
    | <(?P<link>{_LINK})>
    | <!--.*?--> | <!\[CDATA\[.*?\]\]> | <!(?:doctype|element|entity|attlist)\b[^>]*+> | <\?[^>]*+>
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
# What may still become whole; names and schemes have a length, so that no other word is waited for.
_BEGUN = re.compile(
    rf"""
    </?(?P<name>[A-Za-z][A-Za-z0-9-]{{0,31}}+)(?P<attributes>[\s/][^<>]*+)?
    | <[A-Za-z][A-Za-z0-9+.-]{{0,31}} | <{_LINK}
    | </? | <!(?:[-[a-z].*+)? | <\?[^>]*+
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_OPENING = re.compile(r"<[A-Za-z/!?]")


class Tags(Stage):
    """Takes out known tags, comments and the like; `<https://…>` loses its brackets, other tags become visible text."""

    marks = re.compile("<")

    def _decide(self, text: str, start: int, mark: int, is_last: bool) -> int | None:
        window = text[start : start + LONGEST_TAG]
        found = _WHOLE.match(window)
        if found is None and not is_last and len(window) < LONGEST_TAG:
            begun = _BEGUN.fullmatch(window)
            if begun is not None and (not begun["attributes"] or _KNOWN_TAG.fullmatch(begun["name"])):
                return None
        if found is not None and found["link"]:
            return self._unwrap(found["link"], text, start + found.end(), is_last)
        if found is not None and (found["name"] is None or _is_known(found["name"], found["attributes"])):
            return start + found.end()
        self._give("‹" if _OPENING.match(window) else "<")
        return start + 1

    def _unwrap(self, link: str, text: str, end: int, is_last: bool) -> int | None:
        if end == len(text) and not is_last:
            return None
        right = text[end : end + 1]
        self._give(link + (" " if right == "<" else gap(link[-1], right)))
        return end


def _is_known(name: str, attributes: str | None) -> bool:
    """Whether it is a tag; `a <b and c> d` is none, though a browser would take it for one."""
    is_comparison = len(name) == 1 and attributes is not None and attributes.strip(" /") and "=" not in attributes
    return _KNOWN_TAG.fullmatch(name) is not None and not is_comparison


class Angles(Stage):
    """The last look at `<`: text that other stages took out may have brought it before a letter."""

    marks = re.compile("<")

    def _decide(self, text: str, start: int, mark: int, is_last: bool) -> int | None:
        if start + 1 == len(text) and not is_last:
            return None
        self._give("‹" if _OPENING.match(text, start) else "<")
        return start + 1
