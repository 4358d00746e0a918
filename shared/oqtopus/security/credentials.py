"""Opaque secrets that clients hold: made here, kept by us only as their SHA-256 (S1, S7).

A secret is a prefix, `_`, 40 random characters (43 in a mail's link) and 6 that check the rest. The prefix and the
checksum let a secret scanner find a leaked one and let us refuse a mistyped one without asking a store. 238 random
bits, and 256 in a link (A5), need no slow hash.
"""

import hashlib
import re
import secrets
import string
import zlib
from enum import StrEnum

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM_CHARACTERS = 40
_RANDOM_CHARACTERS_OF_LINKS = 43
_CHECK_CHARACTERS = 6
_HINT_CHARACTERS = 10

_SHAPE = (
    rf"(?:oq[st]_[0-9A-Za-z]{{{_RANDOM_CHARACTERS + _CHECK_CHARACTERS}}}"
    rf"|oqm_[0-9A-Za-z]{{{_RANDOM_CHARACTERS_OF_LINKS + _CHECK_CHARACTERS}}})"
)
_SECRET = re.compile(_SHAPE)

SCANNER_PATTERN = rf"\b{_SHAPE}\b"
"""For secret scanners: every secret of ours, and with `kind_of` behind it nothing else."""


class CredentialKind(StrEnum):
    """What a secret is, by its prefix."""

    SESSION = "oqs"
    TOKEN = "oqt"
    MAIL = "oqm"


def new_secret(kind: CredentialKind) -> str:
    length = _RANDOM_CHARACTERS_OF_LINKS if kind is CredentialKind.MAIL else _RANDOM_CHARACTERS
    body = "".join(secrets.choice(_ALPHABET) for _ in range(length))
    unchecked = f"{kind}_{body}"
    return unchecked + _checksum(unchecked)


def kind_of(secret: str) -> CredentialKind | None:
    """The kind of a well-formed secret; None when it is malformed or its checksum is wrong."""
    if not _SECRET.fullmatch(secret):
        return None
    if _checksum(secret[:-_CHECK_CHARACTERS]) != secret[-_CHECK_CHARACTERS:]:
        return None
    return CredentialKind(secret.partition("_")[0])


def digest(secret: str) -> str:
    """The name under which a store knows the secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def hint(secret: str) -> str:
    """The first characters, by which an owner tells tokens apart."""
    return secret[:_HINT_CHARACTERS]


def _checksum(text: str) -> str:
    rest, characters = zlib.crc32(text.encode()), ""
    for _ in range(_CHECK_CHARACTERS):
        rest, place = divmod(rest, len(_ALPHABET))
        characters = _ALPHABET[place] + characters
    return characters
