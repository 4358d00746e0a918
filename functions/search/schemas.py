"""What comes with a search: its body, the key that makes it safe to send again, and where it has been already."""

import hashlib
import json
import re

from oqtopus.domain.hops import HOPS_HEADER, MAX_HOPS
from oqtopus.errors import SearchLoop, Unprocessable, Violation
from oqtopus.wire.fields import Query
from oqtopus.wire.requests import Body, Request

KEY_HEADER = "Idempotency-Key"
_KEY = re.compile(r"[!-~]{1,255}")
_HOPS = re.compile(r"[0-9]{1,3}")


class SearchRequest(Body):
    """`POST /v1/search`."""

    query: Query

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of what is asked, whatever the spaces and escapes of the JSON that asked it."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def idempotency_key(request: Request) -> str | None:
    """The key that a client gives its search, if it gives one; anything but one key is refused."""
    # Given twice, it comes joined by a space, which no key has.
    key = request._header(KEY_HEADER)
    if key is not None and not _KEY.fullmatch(key):
        raise Unprocessable(Violation(f"/{KEY_HEADER}", "Give it once, with 1 to 255 visible ASCII characters."))
    return key


def hops_of(request: Request) -> int:
    """How many searches the question has come through, none when a person asks; one too many is `SearchLoop`."""
    hops = request._header(HOPS_HEADER)
    if hops is None:
        return 0
    if not _HOPS.fullmatch(hops):
        raise Unprocessable(Violation(f"/{HOPS_HEADER}", "Give it once, with one to three digits."))
    if int(hops) > MAX_HOPS:
        raise SearchLoop
    return int(hops)
