"""The keys of an agent beside the one that signs its calls; private halves are in the vault, by version."""

from dataclasses import dataclass
from datetime import datetime, timedelta

OVERLAP = timedelta(hours=24)
"""How long a key stays usable once another has taken its place (K3)."""


@dataclass(frozen=True, slots=True)
class StagedKey:
    """The key that is to sign next, once the agent has been seen to accept it."""

    version: str
    public_key_pem: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class RetiredKey:
    """The key that signed before, kept until then for an agent that still has only its public half."""

    version: str
    public_key_pem: str
    until: datetime
