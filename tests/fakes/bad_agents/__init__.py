"""Agents that misbehave, each in its own way, by what they attack; played over real sockets on loopback."""

from typing import Final

from tests.fakes.bad_agents.closings import CLOSINGS, RESETS
from tests.fakes.bad_agents.documents import DOCUMENTS, MEDIA_TYPES, TEXTS
from tests.fakes.bad_agents.encodings import ENCODINGS
from tests.fakes.bad_agents.floods import BODIES, CHUNKS, HEADS, INTERIM
from tests.fakes.bad_agents.framing import CODINGS, LENGTHS, LINES, PROTOCOLS
from tests.fakes.bad_agents.handshakes import HANDSHAKES
from tests.fakes.bad_agents.scripts import SECRET, BadAgent
from tests.fakes.bad_agents.shapes import DRESSED_UP, SHAPES
from tests.fakes.bad_agents.slow import DRIPS, HANGS
from tests.fakes.bad_agents.statuses import REDIRECTS, STATUSES

__all__ = ["BAD_AGENTS", "GROUPS", "SECRET", "BadAgent"]

GROUPS: Final[dict[str, tuple[BadAgent, ...]]] = {
    "drips": DRIPS,
    "hangs": HANGS,
    "endless bodies": BODIES,
    "endless chunks": CHUNKS,
    "endless heads": HEADS,
    "interim replies": INTERIM,
    "encodings": ENCODINGS,
    "redirects": REDIRECTS,
    "statuses": STATUSES,
    "media types": MEDIA_TYPES,
    "texts": TEXTS,
    "documents": DOCUMENTS,
    "shapes": SHAPES,
    "dressed up": DRESSED_UP,
    "lengths": LENGTHS,
    "codings": CODINGS,
    "lines": LINES,
    "protocols": PROTOCOLS,
    "closings": CLOSINGS,
    "resets": RESETS,
    "handshakes": HANDSHAKES,
}

BAD_AGENTS: Final[dict[str, BadAgent]] = {agent.name: agent for group in GROUPS.values() for agent in group}
