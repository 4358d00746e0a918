"""Where the server is, and what may be sent there."""

from ipaddress import ip_address

import httpx

DEFAULT_URL = "http://127.0.0.1:8080"


def server_url(text: str) -> str:
    """The base URL in one spelling; `ValueError` says what is wrong with it.

    Questions, passwords and tokens go there, so it is https, or this machine itself.
    """
    try:
        url = httpx.URL(text.strip())
    except httpx.InvalidURL:
        raise ValueError("The server's URL is none.") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError("The server's URL begins with https:// and names a host.")
    if url.userinfo or url.query or url.fragment:
        raise ValueError("The server's URL has neither user, query nor fragment.")
    if url.scheme == "http" and not is_loopback(url.host):
        raise ValueError("Over http:// only this machine is asked; any other server needs https://.")
    return str(url).rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether the host is this machine, by its name or address; no name is looked up."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
