"""Text with places to fill: `{{name}}`. What is filled in is HTML already; `escape` makes it so."""

import re
from collections.abc import Callable, Mapping
from html import escape

__all__ = ["Places", "escape", "filled"]

Places = Mapping[str, Callable[[], str]]

_PLACE = re.compile(r"\{\{([a-z_]+)\}\}")


def filled(template: str, places: Places) -> str:
    """The template with every place filled by what its name is asked for; an unknown name is a `KeyError`."""
    return _PLACE.sub(lambda place: places[place[1]](), template)
