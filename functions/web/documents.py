"""What the site gives out, ready to send."""

import gzip
import hashlib
from dataclasses import dataclass
from typing import Final

_COMPRESSIBLE: Final = ("text/", "image/svg+xml", "application/xml", "application/yaml")
_SMALLEST: Final = 512


@dataclass(frozen=True, slots=True)
class Document:
    """`gzipped` is None where compressing does not pay; `tag` is the ETag, a weak one, since it stands for both.

    `is_fixed` says that the path will never give anything else.
    """

    content: bytes
    gzipped: bytes | None
    media_type: str
    tag: str
    is_fixed: bool


def document(content: bytes, media_type: str, *, is_fixed: bool = False) -> Document:
    is_worth_it = len(content) >= _SMALLEST and media_type.startswith(_COMPRESSIBLE)
    gzipped = gzip.compress(content, 9, mtime=0) if is_worth_it else None
    tag = f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'
    return Document(content, gzipped, media_type, tag, is_fixed)
