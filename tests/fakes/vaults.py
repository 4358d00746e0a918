"""A vault with one key for all."""

from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from oqtopus.domain.agents import AgentId
from oqtopus.errors import KeyNotFound


@cache
def key_pem() -> str:
    key = rsa.generate_private_key(65_537, 2_048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


class OneKeyVault:
    """Implements `KeyVault`: every agent but `keyless` has the same key."""

    async def add(self, agent_id: AgentId, private_key_pem: str) -> str:
        return "1"

    async def private_key(self, agent_id: AgentId, version: str) -> str:
        if agent_id == "keyless":
            raise KeyNotFound("There is no such key.")
        return key_pem()

    async def check(self) -> None:
        """Nothing to open."""

    async def aclose(self) -> None:
        """Nothing to close."""

    async def destroy(self, agent_id: AgentId) -> None: ...
