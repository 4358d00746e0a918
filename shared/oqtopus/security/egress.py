"""Which URLs and addresses an agent may be called at; used at registration and again at every call."""

import ipaddress
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, unquote

import idna

from oqtopus.errors import ConfigurationError, RefusedUrl, UrlRule

MAX_URL_BYTES: Final = 2_048

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)(/[^?#]*)?")
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::([^:]*))?")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_LAST_LABEL = re.compile(r"[a-z]+|xn--[a-z0-9-]+")
_LISTED_HOST = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")
_PORT = re.compile(r"[0-9]{1,5}")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")
_PUBLIC_PORTS = frozenset({443, 8443})
_DEFAULT_PORTS = {"https": 443, "http": 80}
_RESERVED_SUFFIXES = (
    "localhost", "local", "internal", "intranet", "corp", "lan", "home", "home.arpa", "private", "localdomain",
    "onion", "invalid", "test", "metadata.goog",
)  # fmt: skip

# `ipaddress.is_global` differs between Python versions and is True for addresses that embed inside ones, so the
# ranges are written out here (security.md §1).
_DENIED_IPV4 = tuple(
    ipaddress.IPv4Network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
    )
)  # fmt: skip
_GLOBAL_IPV6 = ipaddress.IPv6Network("2000::/3")
_DENIED_IPV6 = tuple(
    ipaddress.IPv6Network(block)
    for block in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)

_DETAILS: Final[dict[UrlRule, str]] = {
    "length": "The URL must have 1 to 2,048 bytes.",
    "characters": "The URL must not contain white space, control characters or backslashes.",
    "scheme": "The URL must begin with https://.",
    "authority": "The URL must have a host and no user name, query or fragment.",
    "port": "The URL's port must be absent, 443 or 8443.",
    "host": "The URL's host must be a public DNS name, not an address.",
    "reserved_name": "The URL's host is a name that is reserved for private use, or our own.",
    "path": "The URL's path must be well-encoded UTF-8 without dot segments, backslashes or control characters.",
    "address": "The URL's host does not resolve to public addresses only.",
}


def refused(rule: UrlRule) -> RefusedUrl:
    return RefusedUrl(rule, _DETAILS[rule])


@dataclass(frozen=True, slots=True)
class AgentUrl:
    """A base URL that passed the policy, with its host in ASCII form.

    `is_listed` says that the operator lists its origin, so that its addresses are not judged (U11).
    """

    scheme: str
    host: str
    port: int
    path: str
    is_listed: bool = False

    @property
    def is_secure(self) -> bool:
        return self.scheme == "https"

    @property
    def authority(self) -> str:
        """The value of `Host`: the name, with the port where it is not the scheme's own."""
        return self.host if self.port == _DEFAULT_PORTS[self.scheme] else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def endpoint(self) -> str:
        """The path that takes questions."""
        return f"{self.path}/agent"

    def __str__(self) -> str:
        return f"{self.origin}{self.path}"


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """The rules U1 to U8 and U11.

    `allowed_origins` are exact origins of local agents, for use on one machine; `own_hosts` are the platform's own
    names in any spelling, refused so that no call comes back to us (U5). Names below one of them are others'.
    """

    allowed_origins: frozenset[str] = frozenset()
    own_hosts: frozenset[str] = frozenset()
    _listed: frozenset[str] = field(init=False, repr=False, default=frozenset())
    _own: frozenset[str] = field(init=False, repr=False, default=frozenset())

    def __post_init__(self) -> None:
        object.__setattr__(self, "_listed", frozenset(map(_listed_origin, self.allowed_origins)))
        object.__setattr__(self, "_own", frozenset(map(_own_name, self.own_hosts)))

    def url(self, text: str) -> AgentUrl:
        """The URL in parts, or `RefusedUrl`; nothing is looked up or dialled for it (U9)."""
        url = self._judged_form(text)
        # What is kept is the encoded form, and it must pass here again at each call.
        if len(str(url)) > MAX_URL_BYTES:
            raise refused("length")
        return url

    def _judged_form(self, text: str) -> AgentUrl:
        scheme, host, port, path = _parts(text)
        number = _port_number(scheme, port)
        listed = AgentUrl(scheme, host.lower(), number, path, is_listed=True)
        if listed.origin in self._listed:
            return listed
        if scheme != "https":
            raise refused("scheme")
        if number not in _PUBLIC_PORTS:
            raise refused("port")
        name = _dns_name(host)
        if name in self._own or _is_reserved(name):
            raise refused("reserved_name")
        return AgentUrl(scheme, name, number, path)

    def judged(self, url: AgentUrl, addresses: Sequence[str]) -> tuple[str, ...]:
        """The addresses that may be dialled: all of them or none, for one bad answer refuses the name (U6)."""
        if not addresses or not (url.is_listed or are_public(addresses)):
            raise refused("address")
        return tuple(addresses)


def are_public(addresses: Iterable[str]) -> bool:
    return all(is_public(address) for address in addresses)


def is_public(address: str) -> bool:
    """Whether an address, in any spelling that a resolver returns, belongs to the public Internet (U6)."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv4Address):
        return not any(parsed in block for block in _DENIED_IPV4)
    # A zone says over which interface of ours to go, which is nobody else's to say.
    is_global = parsed.scope_id is None and parsed in _GLOBAL_IPV6
    return is_global and not any(parsed in block for block in _DENIED_IPV6)


def _parts(text: str) -> tuple[str, str, str | None, str]:
    """Scheme (in small letters), host, port and path of a URL whose form is sound (U1, U2, U8)."""
    _check_characters(text)
    match = _URL.match(text)
    if match is None:
        raise refused("scheme")
    authority = _AUTHORITY.fullmatch(match[2])
    if match.end() != len(text) or authority is None or "@" in match[2] or "%" in match[2]:
        raise refused("authority")
    scheme = match[1].lower()
    if scheme not in _DEFAULT_PORTS:
        raise refused("scheme")
    return scheme, authority[1], authority[2], _path(match[3] or "")


def _check_characters(text: str) -> None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise refused("characters") from error
    if not 1 <= size <= MAX_URL_BYTES:
        raise refused("length")
    if any(character <= " " or character in "\x7f\\" for character in text):
        raise refused("characters")


def _path(path: str) -> str:
    """The path as it is sent, without slashes at its end; a dot segment in it is refused in any encoding (U8)."""
    decoded = _decoded(path)
    # Some servers cut what follows a semicolon before they resolve dot segments.
    names = {segment.partition(";")[0] for segment in decoded.split("/")}
    if _CONTROL.search(decoded) or names & {".", ".."}:
        raise refused("path")
    return quote(path, safe="/%:@!$&'()*+,;=~").rstrip("/")


def _decoded(path: str) -> str:
    """The path as the last of any number of decoders would see it; all must find UTF-8, which has one spelling."""
    if _BROKEN_ESCAPE.search(path):
        raise refused("path")
    try:
        while (decoded := unquote(path, errors="strict")) != path:
            path = decoded
    except UnicodeDecodeError as error:
        raise refused("path") from error
    return path


def _port_number(scheme: str, port: str | None) -> int:
    if port is None:
        return _DEFAULT_PORTS[scheme]
    if not _PORT.fullmatch(port):
        raise refused("port")
    return int(port)


def _dns_name(host: str) -> str:
    """The host as a DNS name of two labels or more in ASCII (U4)."""
    if unicodedata.normalize("NFKC", host) != host:
        raise refused("host")
    name = _ascii_name(host)
    _, dot, last_label = name.rpartition(".")
    if not dot or len(name) > 253 or not _LAST_LABEL.fullmatch(last_label):
        # A bare name of the reserved kind is told as such, for that is the clearer word.
        raise refused("reserved_name" if _is_reserved(name) else "host")
    return name


def _ascii_name(host: str) -> str:
    # The labels are encoded one by one: in a whole host, IDNA would take other characters for dots as well.
    return ".".join(map(_ascii_label, host.lower().split(".")))


def _ascii_label(label: str) -> str:
    """The label as DNS takes it; one that is punycode already must be so for a label that IDNA knows."""
    is_plain = label.isascii() and not label.startswith("xn--")
    try:
        ascii_label = label if is_plain else idna.alabel(label).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise refused("host") from error
    if not _LABEL.fullmatch(ascii_label):
        raise refused("host")
    return ascii_label


def _is_reserved(name: str) -> bool:
    return any(name == suffix or name.endswith(f".{suffix}") for suffix in _RESERVED_SUFFIXES)


def _own_name(host: str) -> str:
    try:
        return _ascii_name(host.removesuffix("."))
    except RefusedUrl as error:
        raise ConfigurationError("PUBLIC_URL and PUBLIC_HOSTS must name hosts such as oqtopus.example.org.") from error


def _listed_origin(origin: str) -> str:
    try:
        scheme, host, port, path = _parts(origin)
        url = AgentUrl(scheme, host.lower(), _port_number(scheme, port), path)
    except RefusedUrl as error:
        raise ConfigurationError("ALLOWED_AGENT_ORIGINS must list origins such as http://127.0.0.1:9501.") from error
    if path or origin.endswith("/") or not _LISTED_HOST.fullmatch(url.host):
        raise ConfigurationError("ALLOWED_AGENT_ORIGINS must list exact origins, without a path or a pattern.")
    return url.origin
