"""Replies of functions: JSON, text, or nothing."""

import json
from collections.abc import Mapping
from datetime import datetime

from starlette.responses import Response

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), autoplay=(), camera=(), clipboard-read=(), display-capture=(), encrypted-media=(), "
        "fullscreen=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), "
        "picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), "
        "xr-spatial-tracking=()"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""What every reply carries (W2, W3); `serve_at` adds the promise of HTTPS."""

_HTTPS_ONLY = "max-age=31536000; includeSubDomains"

# JSON lets these stand as they are, but many readers of lines break at them.
_LINE_BREAKS = {ord(character): f"\\u{ord(character):04x}" for character in "\x85\u2028\u2029"}


def serve_at(public_url: str) -> None:
    """Have every reply of this process promise HTTPS if people come by it; for the composition root to call."""
    HEADERS.pop("Strict-Transport-Security", None)
    if public_url.startswith("https://"):
        HEADERS["Strict-Transport-Security"] = _HTTPS_ONLY


def encoded(document: object) -> bytes:
    """Compact JSON in UTF-8 whose only line breaks are escaped ones; times are ISO 8601 with `Z`."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=_encode_other)
    return text.translate(_LINE_BREAKS).encode("utf-8", "replace")


def json_response(document: Mapping[str, object], status: int = 200, location: str | None = None) -> Response:
    """A JSON object; `location` is the path of what was created."""
    headers = HEADERS if location is None else HEADERS | {"Location": location}
    return Response(encoded(document), status, headers, media_type="application/json")


def text_response(text: str, media_type: str, file_name: str) -> Response:
    """A small text file to save under `file_name`, which must be plain ASCII."""
    disposition = {"Content-Disposition": f'attachment; filename="{file_name}"'}
    return Response(text, 200, HEADERS | disposition, media_type=media_type)


def empty_response() -> Response:
    return Response(None, 204, HEADERS)


def timestamp(moment: datetime) -> str:
    """RFC 3339 with `Z`, the one form of time in every reply."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _encode_other(value: object) -> str:
    if isinstance(value, datetime):
        return timestamp(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
