"""The key pair of a new agent."""

import asyncio
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Both halves as PEM; the private one goes to the vault and nowhere else (K1)."""

    private_pem: str = field(repr=False)
    public_pem: str


async def new_key_pair() -> KeyPair:
    """A pair as rotagent makes it; off the event loop, for it takes a good tenth of a second."""
    return await asyncio.to_thread(_generate)


def _generate() -> KeyPair:
    # Importing rotagent brings in flask and aiohttp (0.2 s), which only a registration should have to wait for.
    from rotagent import KeyManager  # type: ignore[import-untyped]  # rotagent 0.1.0 has no type information.

    private_pem, public_pem = KeyManager.generate_rsa_keypair()
    return KeyPair(private_pem, public_pem)
