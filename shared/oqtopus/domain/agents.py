"""Agents: what owners register and searches call."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType, get_args

from oqtopus.domain.accounts import AccountId
from oqtopus.errors import FailureReason

AgentId = NewType("AgentId", str)

SUSPENSION_AFTER_FAILURES = 20


class AgentStatus(StrEnum):
    """`PENDING` and `SUSPENDED` agents get no searches until `verify` succeeds."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Health:
    """How an agent's latest calls went; `latency_ms` is a moving average of the good ones."""

    calls: int = 0
    failures: int = 0
    failures_in_a_row: int = 0
    latency_ms: float | None = None
    last_failure: FailureReason | None = None

    def after(self, outcome: "CallOutcome") -> "Health":
        """The health once one more call is counted (latency: exponential average, weight 0.2)."""
        if outcome.failure is not None:
            return replace(
                self,
                calls=self.calls + 1,
                failures=self.failures + 1,
                failures_in_a_row=self.failures_in_a_row + 1,
                last_failure=outcome.failure,
            )
        latency = outcome.ms if self.latency_ms is None else 0.8 * self.latency_ms + 0.2 * outcome.ms
        return replace(self, calls=self.calls + 1, failures_in_a_row=0, latency_ms=latency)


@dataclass(frozen=True, slots=True)
class Agent:
    """A registered agent. `key_version` names its private key in the vault; the key itself is never here."""

    id: AgentId
    owner_id: AccountId
    orchestrator_id: str
    name: str
    url: str
    categories: tuple[str, ...]
    description: str
    is_public: bool
    status: AgentStatus
    key_version: str
    public_key_pem: str
    created_at: datetime
    changed_at: datetime
    verified_at: datetime | None = None
    health: Health = field(default_factory=Health)

    def is_visible_to(self, account_id: AccountId | None) -> bool:
        return self.is_public or (account_id is not None and self.owner_id == account_id)

    @property
    def key_file_name(self) -> str:
        """The file that the owner puts into the agent's `authorized_keys` folder."""
        return f"{self.orchestrator_id}.pem"

    def activated(self, now: datetime) -> "Agent":
        """The agent after a passed verification: callable, with its row of failures forgotten."""
        health = replace(self.health, failures_in_a_row=0)
        return replace(self, status=AgentStatus.ACTIVE, verified_at=now, health=health)

    def on_top_of(self, stored: "Agent") -> "Agent":
        """This change, with the calls that were counted into `stored` since it was read.

        Only a new verification forgets the row of failures or ends a suspension that came meanwhile.
        """
        if self.verified_at is not None and self.verified_at != stored.verified_at:
            return replace(self, health=replace(stored.health, failures_in_a_row=0))
        stays_suspended = stored.status is AgentStatus.SUSPENDED and self.status is AgentStatus.ACTIVE
        return replace(self, health=stored.health, status=stored.status if stays_suspended else self.status)

    def after(self, outcome: "CallOutcome") -> "Agent":
        """The agent after a call; too many failures in a row suspend it."""
        health = self.health.after(outcome)
        is_failing = health.failures_in_a_row >= SUSPENSION_AFTER_FAILURES
        suspends = is_failing and self.status is AgentStatus.ACTIVE
        return replace(self, health=health, status=AgentStatus.SUSPENDED if suspends else self.status)


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """How one call to an agent ended: in `ms` milliseconds, well (`failure` is None) or with a reason."""

    agent_id: AgentId
    ms: float
    failure: FailureReason | None = None

    def document(self) -> dict[str, object]:
        """The outcome as it travels between functions."""
        return {"agent_id": self.agent_id, "ms": self.ms, "failure": self.failure}

    @classmethod
    def parsed(cls, document: Mapping[str, object]) -> "CallOutcome":
        """The outcome of `document`; `ValueError` when it is none."""
        agent_id, ms, failure = document.get("agent_id"), document.get("ms"), document.get("failure")
        known = next((reason for reason in get_args(FailureReason) if reason == failure), None)
        if not isinstance(agent_id, str) or not isinstance(ms, (int, float)) or (failure and not known):
            raise ValueError("not the outcome of a call")
        return cls(AgentId(agent_id), float(ms), known)


def outcomes_in(payload: Mapping[str, object]) -> tuple[CallOutcome, ...]:
    """The outcomes that a message of the topic `agents.called` carries; `ValueError` when it carries none."""
    documents = payload.get("outcomes")
    if not isinstance(documents, list):
        raise ValueError("no outcomes of calls")
    return tuple(map(CallOutcome.parsed, documents))


@dataclass(frozen=True, slots=True)
class Reference:
    """Where an agent says its answer comes from; `url` is an https URL or empty."""

    title: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class AgentReply:
    """An agent's answer, checked: text, its references, and the fields that the output structure asked for."""

    answer: str
    references: tuple[Reference, ...] = ()
    fields: Mapping[str, object] = field(default_factory=dict)
