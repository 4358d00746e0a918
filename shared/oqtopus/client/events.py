"""The events of a search, a closed union; `Final` comes last."""

from dataclasses import dataclass, field, replace
from typing import TypeVar

from oqtopus.client.decoding import Document, Value, read
from oqtopus.client.errors import UnexpectedReply
from oqtopus.client.values import Quota

E = TypeVar("E", bound=Value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Category(Value):
    """What the question is about; no category is a normal result."""

    categories: tuple[str, ...] = ()
    confidence: float = 0.0
    routed_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference(Value):
    """What an agent rests on; the URL is https, or empty."""

    title: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(Value):
    """What an agent answered; members of its own are in `document`."""

    answer: str
    sources: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentResult(Value):
    """One agent is done: with a `result`, or with an `error` that says how it failed.

    The model's own answer, where agents were too slow or too few, has no agent's id and URL.
    """

    name: str
    ms: float = 0.0
    agent_id: str | None = None
    agent_url: str | None = None
    result: Result | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agents(Value):
    """All agents are in, or the deadline has passed."""

    results: tuple[AgentResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta(Value):
    """A piece of the answer while it is written."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping(Value):
    """Nothing happened for a while; the connection is alive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Error(Value):
    """Something went wrong; the stream goes on to its `Final`."""

    code: str
    detail: str = ""

    @property
    def voids_deltas(self) -> bool:
        """Whether the answer starts again, without the deltas so far, and may still come out well."""
        return self.code == "model_restarted"

    @property
    def replaces_answer(self) -> bool:
        """Whether there is no answer; a code that is not known here is taken for one of these."""
        return self.code not in ("model_restarted", "synthesis_failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span(Value):
    """Characters of a text, from `start` to before `end`."""

    start: int
    end: int

    def of(self, text: str) -> str:
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Value):
    """A part of the answer, and where in the source's own answer it is said."""

    start: int
    end: int
    quote: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Value):
    """What `[number]` in the answer stands for."""

    number: int
    name: str
    agent_id: str | None = None
    agent_url: str | None = None
    references: tuple[Reference, ...] = ()
    ms: float | None = None
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(Value):
    """What one source, by its number, says of a matter that sources disagree on."""

    number: int
    text: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement(Value):
    """Sources, by their numbers, that contradict each other, and what each says."""

    agents: tuple[int, ...] = ()
    claims: tuple[Said, ...] = ()
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage(Value):
    """How the answer came about; `unsupported` are the parts of it that no source says."""

    model: str = ""
    routed_by: str = ""
    agents_called: int = 0
    agents_answered: int = 0
    ms: float = 0.0
    unsupported: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Final(Value):
    """The whole answer and what it rests on."""

    text: str
    sources: tuple[Source, ...] = ()
    usage: Usage = field(default_factory=Usage)
    request_id: str = ""
    disagreement: tuple[Disagreement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(Value):
    """An event that a newer server sends; it can be passed over."""

    type: str


Event = Quota | Category | AgentResult | Agents | Delta | Ping | Error | Final | Unknown


def event_of(document: Document) -> Event:
    """The event that a line's document is; its own `document` is the whole of it."""
    kind, data = document.get("type"), document.get("data")
    match kind:
        case "quota":
            return _event(Quota, document, data)
        case "category":
            return _event(Category, document, document)
        case "agent":
            return _event(AgentResult, document, data)
        case "agents":
            return _event(Agents, document, {"results": data})
        case "delta":
            return _event(Delta, document, {"text": data})
        case "ping":
            return Ping(document=document)
        case "error":
            return _event(Error, document, data)
        case "final":
            return _event(Final, document, {**document, "text": data})
        case str():
            return Unknown(type=kind, document=document)
        case _:
            raise UnexpectedReply("The stream holds a line that is no event.")


def _event(kind: type[E], document: Document, members: object) -> E:
    return replace(read(kind, members), document=document)
