"""What the two clients have in common: calls as requests of httpx, and its errors as ours."""

import re
import secrets
from typing import Any

import httpx

from oqtopus import __version__
from oqtopus.client.addresses import is_loopback, server_url
from oqtopus.client.calls import Call
from oqtopus.client.errors import UnexpectedReply, Unreachable
from oqtopus.client.replies import MAX_REPLY_BYTES, STREAM_TYPE, Reply

_CONNECT_SECONDS = 10.0
# A search is never silent for longer than 10 s, and no other operation takes longer than 30 s.
DEFAULT_TIMEOUT = 60.0
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_PRINTABLE = re.compile(r"[!-~]{1,255}")


def settings(base_url: str, timeout: float) -> dict[str, Any]:  # Any: httpx takes them as its own arguments.
    """The arguments of an httpx client: no redirects, no compression, and no proxy on the way to this machine.

    Bodies are read as they come, so that no reply grows on its way into memory.
    """
    url = server_url(base_url)
    return {
        "base_url": url,
        "headers": {"User-Agent": f"oqtopus/{__version__}", "Accept-Encoding": "identity"},
        "timeout": httpx.Timeout(timeout, connect=min(_CONNECT_SECONDS, timeout)),
        "follow_redirects": False,
        "trust_env": not is_loopback(httpx.URL(url).host),
    }


def new_key() -> str:
    """An idempotency key that nobody else has."""
    return secrets.token_urlsafe(18)


def printable(text: str) -> str:
    """What may stand in a header, such as a token or a key; `ValueError`, without the text, for anything else."""
    if not _PRINTABLE.fullmatch(text):
        raise ValueError("Tokens, idempotency keys and hops are 1 to 255 visible ASCII characters.")
    return text


def request_of(http: httpx.Client | httpx.AsyncClient, call: Call[Any], token: str | None) -> httpx.Request:
    """The request of a call."""
    headers = dict(call.headers)
    if token is not None and call.signed:
        headers["Authorization"] = f"Bearer {token}"
    return http.build_request(call.method, call.path, json=call.body, params=call.query, headers=headers)


def unreachable(error: httpx.TransportError) -> Unreachable:
    """What httpx says about a call without a reply, as an error of ours."""
    url = error.request.url
    place = f"{url.scheme}://{url.netloc.decode()}"
    if isinstance(error, httpx.TimeoutException):
        detail = f"{place} did not answer in time."
    else:
        detail = f"{place} cannot be reached ({error or type(error).__name__})."
    return Unreachable(detail, was_sent=not isinstance(error, _NEVER_SENT))


def check_stream(response: httpx.Response) -> None:
    """Whether events follow this head; a page that some proxy put in their place is none."""
    if response.headers.get("content-type", "").partition(";")[0].strip().lower() != STREAM_TYPE:
        raise UnexpectedReply("The server's reply is no stream of events; is this the address of oqtopus?")


class Body:
    """A reply's body as it comes in, of at most 16 MiB."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._bytes = bytearray()

    def add(self, chunk: bytes) -> None:
        if len(self._bytes) + len(chunk) > MAX_REPLY_BYTES:
            raise UnexpectedReply(f"The server's reply is larger than {MAX_REPLY_BYTES} bytes.")
        self._bytes += chunk

    @property
    def reply(self) -> Reply:
        """The reply as far as it has come in."""
        headers = {name.lower(): value for name, value in self._response.headers.items()}
        return Reply(self._response.status_code, headers, bytes(self._bytes))
