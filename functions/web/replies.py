"""Documents as replies: what browsers may do with them (W1, W2), how long they keep them, and compressed or not."""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from functions.web.documents import Document
from oqtopus.wire.requests import Request
from oqtopus.wire.responses import HEADERS

# DOMPurify parses through a policy of its own; nothing else may turn text into HTML or a script's address.
_POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types dompurify",
    ]
)
_PAGE_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": _POLICY,
    # Chromium would look up the names of hosts that links lead to, and answers have links (O5).
    "X-DNS-Prefetch-Control": "off",
}
_FOREVER: Final = "public, max-age=31536000, immutable"
_ASKED_AGAIN: Final = "no-cache"


def reply(request: Request, document: Document) -> Response:
    """The document in the form that the client takes, or 304 when it holds it already."""
    headers = {
        **HEADERS,
        **_PAGE_HEADERS,
        "Cache-Control": _FOREVER if document.is_fixed else _ASKED_AGAIN,
        "ETag": document.tag,
        "Vary": "Accept-Encoding",
    }
    if request.holds(document.tag):
        return Response(None, 304, headers)
    if document.gzipped is None or not request.accepts_gzip:
        return Response(document.content, 200, headers, media_type=document.media_type)
    headers["Content-Encoding"] = "gzip"
    return Response(document.gzipped, 200, headers, media_type=document.media_type)
