"""The real caller of agents, with a vault of one key."""

from datetime import UTC, datetime
from typing import Final

from oqtopus.adapters.agent_http import HttpAgentCaller
from oqtopus.adapters.agent_transport import AgentTransport
from oqtopus.security.egress import AddressPolicy
from oqtopus.security.signing import KeyRing
from tests.fakes.vaults import OneKeyVault

STRUCTURE: Final[dict[str, object]] = {
    "type": "object",
    "properties": {"answer": {"type": "string"}, "year": {"type": "integer"}, "tags": {"type": "array"}},
    "required": ["answer"],
    "additionalProperties": False,
}


def now() -> datetime:
    return datetime.now(UTC)


def caller_of(
    policy: AddressPolicy, transport: AgentTransport | None = None, *, calls_at_once: int = 32
) -> HttpAgentCaller:
    return HttpAgentCaller(KeyRing(OneKeyVault(), now), policy, now, transport, calls_at_once=calls_at_once)


def caller_at(*origins: str, calls_at_once: int = 32) -> HttpAgentCaller:
    """One that may call these origins on this machine."""
    return caller_of(AddressPolicy(frozenset(origins)), calls_at_once=calls_at_once)
