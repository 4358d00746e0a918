"""Proof that a request which a cookie vouches for was sent by our own page and not by another site's (S5).

A browser adds the cookie to requests that any site causes. Only our page can read the token and set a header with it,
and the browser itself says where the request was started.
"""

import hashlib
import hmac
from dataclasses import dataclass

from oqtopus.errors import Forbidden

_PURPOSE = b"oqtopus: token against cross-site requests, 1"


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a request says of the page that sent it: `X-CSRF-Token`, `Sec-Fetch-Site` and `Origin`, None if absent."""

    token: str | None
    fetch_site: str | None
    origin: str | None


def csrf_token(secret_key: str, session_digest: str) -> str:
    """The token of one session; nobody can make it without our key, and no other session's fits."""
    key = hmac.digest(secret_key.encode(), _PURPOSE, hashlib.sha256)
    return hmac.new(key, session_digest.encode(), hashlib.sha256).hexdigest()


def refuse_other_sites(provenance: Provenance, token: str, public_url: str) -> None:
    """`Forbidden` unless the request was sent by a page of `public_url` that knows `token`."""
    if provenance.fetch_site is None:
        is_ours = provenance.origin == public_url
    else:
        is_ours = provenance.fetch_site == "same-origin"
    if not is_ours:
        raise Forbidden("A change that a cookie vouches for must come from this site's own pages.")
    if not hmac.compare_digest((provenance.token or "").encode(), token.encode()):
        raise Forbidden("A change that a cookie vouches for needs the session's token in X-CSRF-Token.")
