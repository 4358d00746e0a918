"""One call of the API as a value: what to send, and how to read what comes back. Nothing here does any I/O."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

from oqtopus.client import decoding
from oqtopus.client.decoding import Document
from oqtopus.client.errors import UnexpectedReply
from oqtopus.client.replies import Reply, json_of

T_co = TypeVar("T_co", covariant=True)
V = TypeVar("V", bound=decoding.Value)

KEY_HEADER = "Idempotency-Key"
HOPS_HEADER = "Oqtopus-Hops"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[T_co]):
    """What to send, and how to `read` the reply; a call that is not `signed` goes out without the credential."""

    method: str
    path: str
    read: Callable[[Reply], T_co] = field(repr=False)
    body: Document | None = field(default=None, repr=False)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    signed: bool = True

    @property
    def has_key(self) -> bool:
        return KEY_HEADER in self.headers

    @property
    def is_repeatable(self) -> bool:
        """Whether sending it twice is the same as sending it once, though nobody knows what became of the first."""
        return self.method == "GET" or self.has_key


def as_value(kind: type[V]) -> Callable[[Reply], V]:
    """Reads the reply's document as a `kind`."""
    return partial(_value, kind)


def nothing(reply: Reply) -> None:
    """Reads a reply whose status says it all."""


def pem(reply: Reply) -> str:
    """Reads a key file."""
    try:
        text = reply.body.decode("ascii")
    except UnicodeDecodeError:
        text = ""
    if not text.startswith("-----BEGIN PUBLIC KEY-----"):
        raise UnexpectedReply("The server's reply is no public key.")
    return text


def _value(kind: type[V], reply: Reply) -> V:
    return decoding.read(kind, json_of(reply))
