"""The events of a search, a closed union; exactly one `Final` comes last."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from oqtopus.domain.agents import AgentId, AgentReply, Reference
from oqtopus.domain.model import Route
from oqtopus.domain.quotas import Quota
from oqtopus.domain.reviews import Claim, Disagreement
from oqtopus.domain.spans import Span
from oqtopus.errors import FailureReason


@dataclass(frozen=True, slots=True)
class QuotaCharged:
    """First: this search is paid for, and so much is left."""

    quota: Quota


@dataclass(frozen=True, slots=True)
class Routed:
    """The question's categories are known; an empty route is a normal result."""

    route: Route


@dataclass(frozen=True, slots=True)
class AgentAnswered:
    """One agent is done, with a reply or a reason; `agent_id` is None for the model's own fallback answer.

    `is_counted` is False when the call broke on our side, which says nothing about the agent.
    """

    agent_id: AgentId | None
    agent_url: str | None
    name: str
    ms: float
    reply: AgentReply | None = None
    failure: FailureReason | None = None
    is_counted: bool = True


@dataclass(frozen=True, slots=True)
class AgentsFinished:
    """All agents are in, or the deadline has passed."""

    answers: tuple[AgentAnswered, ...]


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of the answer while it is being written."""

    text: str


@dataclass(frozen=True, slots=True)
class Ping:
    """Nothing happened for a while; the connection is alive."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Something went wrong; the stream goes on to its `Final`."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Source:
    """What `[number]` in the answer stands for, how long it took, and what the answer has from it."""

    number: int
    agent_id: AgentId | None
    agent_url: str | None
    name: str
    references: tuple[Reference, ...] = ()
    ms: float = 0.0
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Final:
    """Last: the whole answer, what it rests on, which model wrote it, what nothing proves, where agents disagree."""

    answer: str
    sources: tuple[Source, ...]
    request_id: str
    usage: Mapping[str, object] = field(default_factory=dict)
    unsupported: tuple[Span, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()


Event = QuotaCharged | Routed | AgentAnswered | AgentsFinished | Delta | Ping | Failed | Final
