"""A caller that the demo agents trust, signing as the orchestrator does."""

import hashlib
import json
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import jwt
from rotagent import KeyManager  # type: ignore[import-untyped]  # rotagent 0.1.0 ships no type hints.

ISSUER = "oqtopus_demo"


@dataclass(frozen=True, slots=True)
class Caller:
    keys_dir: Path
    private_key: str

    @classmethod
    def trusted_in(cls, keys_dir: Path) -> "Caller":
        private_key, public_key = KeyManager.generate_rsa_keypair()
        (keys_dir / f"{ISSUER}.pem").write_text(public_key)
        return cls(keys_dir, private_key)

    def headers(self, body: bytes) -> dict[str, str]:
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "iat": now,
            "exp": now + 60,
            "jti": uuid.uuid4().hex,
            "content_sha256": hashlib.sha256(body).hexdigest(),
        }
        token = jwt.encode(claims, self.private_key, algorithm="RS256")
        return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def question(query: object, **output_structure: object) -> bytes:
    return json.dumps({"query": query, "output_structure": output_structure}).encode()
