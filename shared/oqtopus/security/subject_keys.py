"""Under which names addresses are counted and logged: keyed hashes, which nobody without our key can look up (L2)."""

import hashlib
import hmac

from oqtopus.domain.accounts import folded

_NETWORK_PURPOSE = b"oqtopus: network address of a guest, 1"
_EMAIL_PURPOSE = b"oqtopus: e-mail address of a try, 1"
_CHARACTERS = 32


def network_key(secret_key: str, network: str) -> str:
    """The name of a client's network; guests' quotas are kept under it too."""
    return _keyed(secret_key, _NETWORK_PURPOSE, network)


def address_key(secret_key: str, email: str) -> str:
    """The name of an e-mail address, whether it is anybody's or not."""
    return _keyed(secret_key, _EMAIL_PURPOSE, folded(email))


def _keyed(secret_key: str, purpose: bytes, text: str) -> str:
    key = hmac.digest(secret_key.encode(), purpose, hashlib.sha256)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:_CHARACTERS]
