"""Strings that are planted in inputs, each of its own kind, so that an output shows which input it repeats."""

import secrets
from collections.abc import Iterator


class Canaries:
    """Hands out strings that nothing else holds, and finds them again."""

    def __init__(self) -> None:
        self._planted: dict[str, str] = {}

    def planted(self, place: str) -> str:
        """A new one of lower-case letters and digits, which every input takes and no encoding changes."""
        return self.known(place, f"zq{secrets.token_hex(8)}")

    def known(self, place: str, value: str) -> str:
        """A string that came from elsewhere, such as a token that was made for us."""
        self._planted[value] = place
        return value

    def found_in(self, text: str) -> list[str]:
        """The places whose strings stand in the text, each with the line, letter case ignored."""
        return list(self._found(text.casefold()))

    def _found(self, text: str) -> Iterator[str]:
        for value, place in self._planted.items():
            start = text.find(value.casefold())
            if start >= 0:
                line = text[text.rfind("\n", 0, start) + 1 :].partition("\n")[0]
                yield f"{place}: {line[:300]}"
