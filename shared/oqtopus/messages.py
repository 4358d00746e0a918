"""What functions tell each other, as CloudEvents 1.0: a closed set, checked when it is made and when it is read.

No message holds a question, an answer, an address, a key or a credential (G5): ids stand for all of these.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from oqtopus.domain.accounts import AccountId
from oqtopus.domain.agents import AgentId, CallOutcome
from oqtopus.domain.taxonomy import TAXONOMY
from oqtopus.errors import MalformedMessage

TYPE_PREFIX: Final = "oqtopus."
AGENTS_PER_MESSAGE: Final = 50
CATEGORIES_PER_MESSAGE: Final = 8

_IDENTIFIER = StringConstraints(pattern=r"\A[A-Za-z0-9_-]{1,64}\z")
_AgentId = Annotated[AgentId, _IDENTIFIER]
_AccountId = Annotated[AccountId, _IDENTIFIER]
_Word = Annotated[str, _IDENTIFIER]
_CATEGORIES: Final = frozenset(category.name for category in TAXONOMY)


class _Document(BaseModel):
    # Outcomes are dataclasses, which would otherwise pass as they are, whatever somebody put into them.
    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, revalidate_instances="always", allow_inf_nan=False
    )


def _known(category: str) -> str:
    if category not in _CATEGORIES:
        raise ValueError("no category of ours")
    return category


def _identified(outcome: CallOutcome) -> CallOutcome:
    AgentsDue(agent_ids=(outcome.agent_id,))
    return outcome


class Message(_Document):
    """Base of all messages; `topic` is where one is published and, after `oqtopus.`, its type."""

    topic: ClassVar[str]


class AgentsDue(Message):
    """These agents are to be probed now."""

    topic = "agents.due"
    agent_ids: Annotated[tuple[_AgentId, ...], Field(max_length=AGENTS_PER_MESSAGE)]


class AgentsCalled(Message):
    """How the calls of one search went."""

    topic = "agents.called"
    outcomes: Annotated[
        tuple[Annotated[CallOutcome, AfterValidator(_identified)], ...], Field(max_length=AGENTS_PER_MESSAGE)
    ]


class SearchFinished(Message):
    """A search has sent its last event; `ms` is the time it took."""

    topic = "search.finished"
    categories: Annotated[tuple[Annotated[str, AfterValidator(_known)], ...], Field(max_length=CATEGORIES_PER_MESSAGE)]
    routed_by: _Word
    agents: int
    ms: int
    is_answered: bool
    is_guest: bool


class ProbesDue(Message):
    """The schedule's tick: find the agents whose next probe is due."""

    topic = "probes.due"


class KeysDue(Message):
    """The schedule's tick: bring work on keys that has broken off to its end, and destroy keys that are retired."""

    topic = "keys.due"


class AgentSuspended(Message):
    """An agent failed too often in a row and gets no more searches; its owner is to be told."""

    topic = "agent.suspended"
    agent_id: _AgentId
    owner_id: _AccountId


class AgentRestored(Message):
    """A suspended agent passed a probe and gets searches again; its owner is to be told."""

    topic = "agent.restored"
    agent_id: _AgentId
    owner_id: _AccountId


class AccountMail(Message):
    """An account's address gets a mail: to show that it is theirs, that somebody tried to register it again, to reset
    the password, or that the password was changed. Secrets of links are made by whoever writes the mail."""

    topic = "account.mail"
    kind: Literal["verification", "taken", "reset", "changed"]
    account_id: _AccountId


class ContactReceived(Message):
    """Somebody wrote to the operators; the letter is in the contact book."""

    topic = "contact.received"
    letter_id: Annotated[str, _IDENTIFIER]


class ModelsNearCeiling(Message):
    """The day's model calls have reached four fifths of the ceiling; the operators are to be told."""

    topic = "models.near_ceiling"
    used: int
    ceiling: int


MESSAGES: Final[Mapping[str, type[Message]]] = {
    TYPE_PREFIX + message.topic: message
    for message in (
        AgentsCalled,
        SearchFinished,
        ProbesDue,
        AgentsDue,
        KeysDue,
        AgentSuspended,
        AgentRestored,
        AccountMail,
        ContactReceived,
        ModelsNearCeiling,
    )
}


@dataclass(frozen=True, slots=True)
class CloudEvent:
    """A message with what CloudEvents 1.0 says of it; `source` is the function that published it."""

    id: str
    source: str
    time: datetime
    message: Message


class _Envelope(BaseModel):
    """The attributes that we read; CloudEvents lets others stand beside them."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    specversion: Literal["1.0"]
    id: Annotated[str, StringConstraints(min_length=1, max_length=256)]
    source: Annotated[str, StringConstraints(min_length=1, max_length=256)]
    type: str
    time: AwareDatetime | None = None
    data: dict[str, Any] = {}  # Any: JSON that the message's own class checks.


def encoded(event: CloudEvent) -> bytes:
    """The event in CloudEvents' JSON format."""
    envelope = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": TYPE_PREFIX + event.message.topic,
        "time": event.time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": event.message.model_dump(mode="json"),
    }
    return json.dumps(envelope, separators=(",", ":")).encode()


def parsed(document: bytes, published_at: datetime) -> CloudEvent:
    """The event in `document`, or `MalformedMessage`.

    Schedules send the same document at each tick, so it has no time; such an event is of `published_at`.
    """
    try:
        envelope = _Envelope.model_validate_json(document)
        kind = MESSAGES[envelope.type]
        message = kind.model_validate_json(json.dumps(envelope.data))
    except (ValidationError, KeyError) as error:
        raise MalformedMessage("The message is none of those that functions send each other.") from error
    return CloudEvent(envelope.id, envelope.source, envelope.time or published_at, message)
