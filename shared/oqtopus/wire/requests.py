"""A request as a function sees it: already bounded, strictly parsed, with its path in segments."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request as HttpRequest

from oqtopus.domain.text import is_forbidden
from oqtopus.errors import (
    MalformedRequest,
    NotFound,
    TooLarge,
    Unauthenticated,
    Unprocessable,
    UnsupportedMediaType,
    Violation,
)
from oqtopus.security.credentials import CredentialKind, kind_of
from oqtopus.security.csrf import Provenance
from oqtopus.wire.client_address import client_network
from oqtopus.wire.cookies import Site, cookie_name
from oqtopus.wire.violations import violations_of

MAX_BODY_BYTES = 64 * 1024
MAX_DEPTH = 64
# Names between two pairs of underscores are Firestore's own.
_IDENTIFIER = re.compile(r"(?!__.*__\Z)[A-Za-z0-9_-]{1,64}")
_READING = ("GET", "HEAD")
_NOUGHT = re.compile(r"q=0(?:\.0*)?", re.IGNORECASE)

B = TypeVar("B", bound="Body")


class Body(BaseModel):
    """Base of request bodies: types are not coerced and unknown members are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Door(Site, Protocol):
    """The settings that say by which headers a caller may identify itself."""

    @property
    def is_behind_gateway(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Credential:
    """What a caller identifies itself with; browsers add a cookie by themselves, so it proves no intent (S5)."""

    secret: str = field(repr=False)
    is_cookie: bool


class Request:
    """Wraps the framework's request; nothing else of the framework reaches a function."""

    def __init__(self, http: HttpRequest, request_id: str) -> None:
        self._http = http
        self.id = request_id

    @property
    def route(self) -> tuple[str, ...]:
        """Method and path segments, for one `match`: `("GET", "v1", "agents", "abc")`."""
        path: str = self._http.scope["path"]
        return (self._http.method, *path.strip("/").split("/"))

    @property
    def bearer(self) -> str | None:
        """The bearer credential, or None without `Authorization`; any other scheme is refused, not ignored."""
        return self._bearer("authorization")

    def credential(self, door: Door) -> Credential | None:
        """What the caller identifies itself with, or None: a bearer, else the session cookie; nothing else counts (S6).

        Behind the gateway `Authorization` is the gateway's own, and the caller's arrives under another name.
        """
        bearer = self._bearer("x-forwarded-authorization" if door.is_behind_gateway else "authorization")
        if bearer is not None:
            return Credential(bearer, is_cookie=False)
        found = self._cookies(cookie_name(door))
        if not found:
            return None
        if len(found) > 1 or kind_of(found[0]) is not CredentialKind.SESSION:
            raise Unauthenticated
        return Credential(found[0], is_cookie=True)

    @property
    def is_reading(self) -> bool:
        return self._http.method in _READING

    @property
    def provenance(self) -> Provenance:
        """Which page sent the request, by what only a browser or that page can set."""
        return Provenance(self._header("x-csrf-token"), self._header("sec-fetch-site"), self._header("origin"))

    @property
    def names_several_hosts(self) -> bool:
        return len(self._http.headers.getlist("host")) > 1

    @property
    def accepts_event_stream(self) -> bool:
        return "text/event-stream" in self._http.headers.get("accept", "")

    @property
    def accepts_gzip(self) -> bool:
        """Whether the reply may be compressed; a weight of nought forbids what it stands by (RFC 9110 12.5.3)."""
        offers = (
            offer.replace(" ", "").partition(";") for offer in self._http.headers.get("accept-encoding", "").split(",")
        )
        return any(coding.lower() in ("gzip", "*") and not _NOUGHT.fullmatch(weight) for coding, _, weight in offers)

    def holds(self, tag: str) -> bool:
        """Whether the client says that it has the version with this weak ETag already."""
        return tag in (held.strip() for held in self._http.headers.get("if-none-match", "").split(","))

    def client_network(self, trusted_hops: int) -> str:
        """The caller's IPv4 address or IPv6 /64 network; see `client_address`."""
        peer = self._http.client.host if self._http.client else ""
        return client_network(peer, self._http.headers.getlist("x-forwarded-for"), trusted_hops)

    def parameter(self, name: str, most: int) -> str | None:
        """One query parameter of at most `most` characters; what is given twice or out of form is refused."""
        values = self._http.query_params.getlist(name)
        if not values:
            return None
        if len(values) > 1 or len(values[0]) > most:
            raise Unprocessable(Violation(f"/{name}", f"Give it once, with at most {most} characters."))
        if any(map(is_forbidden, values[0])):
            raise Unprocessable(Violation(f"/{name}", "Control and bidirectional characters are not allowed."))
        return values[0]

    async def body(self, schema: type[B]) -> B:
        """The JSON body as `schema`; every departure from the contract has its own error."""
        document = parse_object(await self._bytes())
        try:
            return schema.model_validate(document)
        except ValidationError as error:
            raise Unprocessable(*violations_of(error)) from None

    def _bearer(self, name: str) -> str | None:
        headers = self._http.headers.getlist(name)
        if not headers:
            return None
        if len(headers) > 1:
            raise Unauthenticated
        scheme, _, credential = headers[0].partition(" ")
        if scheme.lower() != "bearer" or not credential.strip():
            raise Unauthenticated
        return credential.strip()

    def _cookies(self, name: str) -> list[str]:
        """The values of every cookie of this name: how often it comes is for the caller to judge."""
        pairs = (pair.strip().partition("=") for pair in (self._header("cookie", ";") or "").split(";"))
        return [value for own, _, value in pairs if own == name]

    def _header(self, name: str, joint: str = ", ") -> str | None:
        """One header; one that is given twice is joined, and so is no credential and no proof."""
        values = self._http.headers.getlist(name)
        return joint.join(values) if values else None

    async def _bytes(self) -> bytes:
        media_type = (self._header("content-type") or "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            raise UnsupportedMediaType("The body must be application/json.")
        if (self._header("content-encoding") or "identity").lower() != "identity":
            raise UnsupportedMediaType("The body must not be compressed.")
        length = self._header("content-length") or "0"
        if not length.isdecimal() or int(length[:12]) > MAX_BODY_BYTES:
            _refuse_size()
        body = bytearray()
        async for chunk in self._http.stream():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                _refuse_size()
        return bytes(body)


def identifier(segment: str) -> str:
    """A path segment that can be an id; anything else is not found, before any store is asked."""
    if not is_identifier(segment):
        raise NotFound
    return segment


def is_identifier(segment: str) -> bool:
    return _IDENTIFIER.fullmatch(segment) is not None


def parse_object(body: bytes) -> dict[str, Any]:  # Any: JSON that pydantic has not seen yet.
    """Strict JSON: UTF-8, one object, no NaN or Infinity, nested at most 64 deep."""
    try:
        document = json.loads(
            body.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_unique
        )
    except (ValueError, RecursionError):
        raise MalformedRequest("The body must be one JSON object in UTF-8.") from None
    if not isinstance(document, dict):
        raise MalformedRequest("The body must be a JSON object.")
    if depth_of(document) > MAX_DEPTH:
        raise MalformedRequest(f"The body is nested over {MAX_DEPTH} deep.")
    return document


def depth_of(document: object) -> int:
    """How many containers deep a parsed document is."""
    level, depth = [document], 0
    while level := [value for value in level if isinstance(value, dict | list)]:
        level = [child for container in level for child in _children(container)]
        depth += 1
    return depth


def _children(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _unique(members: list[tuple[str, Any]]) -> dict[str, Any]:  # Any: JSON that pydantic has not seen yet.
    """An object whose members each come once: of two, readers would disagree on which one counts."""
    document = dict(members)
    if len(document) != len(members):
        raise ValueError
    return document


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError
    return number


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError


def _refuse_size() -> NoReturn:
    raise TooLarge(f"The body must be at most {MAX_BODY_BYTES} bytes.")
