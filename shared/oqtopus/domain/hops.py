"""How many searches a question has come through: agents may ask oqtopus in turn, but not in a circle without end."""

from typing import Final

HOPS_HEADER: Final = "Oqtopus-Hops"
"""Tells an agent how many searches led to its being called; one that searches for its answer passes it on."""

MAX_HOPS: Final = 1
"""A search that comes through more searches than this is refused."""
