"""Agents: what owners register and searches call."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from oqtopus.domain.accounts import AccountId
from oqtopus.domain.circuits import OPEN_AFTER_FAILURES, Circuit, CircuitState
from oqtopus.domain.health import Condition, Evidence, weighed
from oqtopus.domain.keys import OVERLAP, RetiredKey, StagedKey
from oqtopus.errors import FailureReason

AgentId = NewType("AgentId", str)

SUSPENSION_AFTER_FAILURES = 20
PROBE_INTERVAL = timedelta(minutes=15)
LONGEST_PROBE_INTERVAL = timedelta(days=1)


class AgentStatus(StrEnum):
    """`PENDING` and `SUSPENDED` agents get no searches until `verify` succeeds.

    `BLOCKED` ones get none until an operator says so: neither their owner nor a probe brings them back.
    """

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    BLOCKED = "blocked"


PROBED = (AgentStatus.ACTIVE, AgentStatus.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Health:
    """How an agent's calls went: `calls` and `failures` since it was registered, `evidence` what counts of them now."""

    calls: int = 0
    failures: int = 0
    failures_in_a_row: int = 0
    last_failure: FailureReason | None = None
    last_failure_at: datetime | None = None
    failing_since: datetime | None = None
    last_probe_at: datetime | None = None
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def circuit(self) -> Circuit:
        return Circuit(self.failures_in_a_row, self.failing_since, self.last_failure_at)

    def condition(self, now: datetime) -> Condition:
        """A word for it; an agent whose circuit is not closed is failing, however good it was before."""
        if self.circuit.state(now) is not CircuitState.CLOSED:
            return Condition.FAILING
        return self.evidence.at(now).condition()

    def after(self, outcome: "CallOutcome", at: datetime) -> "Health":
        """The health once one more call is counted."""
        is_good = outcome.failure is None
        counted = replace(
            self,
            calls=self.calls + 1,
            last_probe_at=at if outcome.is_probe else self.last_probe_at,
            evidence=self.evidence.plus(*weighed(at, outcome.ms, is_good=is_good, is_probe=outcome.is_probe)),
        )
        if is_good:
            return counted.forgiven()
        return replace(
            counted,
            failures=self.failures + 1,
            failures_in_a_row=self.failures_in_a_row + 1,
            last_failure=outcome.failure,
            last_failure_at=max(at, self.last_failure_at or at),
            failing_since=min(at, self.failing_since or at),
        )

    def forgiven(self) -> "Health":
        """The row of failures is over."""
        return replace(self, failures_in_a_row=0, failing_since=None)


@dataclass(frozen=True, slots=True)
class Agent:
    """A registered agent. `key_version` names its private key in the vault; the key itself is never here.

    Versions that are named here are the only ones in use: whatever else the vault has of the agent can be destroyed.
    `probe_due_at` is when it is probed next, unless it is pending.
    """

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
    probe_due_at: datetime | None = None
    health: Health = field(default_factory=Health)
    staged_key: StagedKey | None = None
    retired_key: RetiredKey | None = None

    def is_visible_to(self, account_id: AccountId | None) -> bool:
        return self.is_public or (account_id is not None and self.owner_id == account_id)

    @property
    def key_file_name(self) -> str:
        """The file that the owner puts into the agent's `authorized_keys` folder."""
        return f"{self.orchestrator_id}.pem"

    def key_versions(self, now: datetime) -> tuple[str, ...]:
        """The versions in use: the one that signs, the one that is coming, the one that is going."""
        others = (self.staged_key, self.retired_key_at(now))
        return (self.key_version, *(key.version for key in others if key is not None))

    def retired_key_at(self, now: datetime) -> RetiredKey | None:
        return self.retired_key if self.retired_key is not None and now < self.retired_key.until else None

    def staging(self, version: str, public_key_pem: str, now: datetime) -> "Agent":
        """The agent with a key that is to sign next, in place of one that was to before."""
        return replace(self, staged_key=StagedKey(version, public_key_pem, now))

    def on_staged_key_alone(self) -> "Agent":
        """The agent as a probe calls it that is to show that the staged key is accepted, and no other."""
        assert self.staged_key is not None, "asked before"
        return replace(self, key_version=self.staged_key.version, staged_key=None, retired_key=None)

    def on_staged_key(self, now: datetime) -> "Agent":
        """The agent once its staged key signs; the key that signed until now stays usable for the overlap."""
        assert self.staged_key is not None, "asked before"
        return replace(
            self,
            key_version=self.staged_key.version,
            public_key_pem=self.staged_key.public_key_pem,
            staged_key=None,
            retired_key=RetiredKey(self.key_version, self.public_key_pem, now + OVERLAP),
        )

    def activated(self, now: datetime) -> "Agent":
        """The agent after a passed verification: callable, with its row of failures forgotten."""
        due_at = now + PROBE_INTERVAL
        health = self.health.forgiven()
        return replace(self, status=AgentStatus.ACTIVE, verified_at=now, probe_due_at=due_at, health=health)

    def on_top_of(self, stored: "Agent") -> "Agent":
        """This change, with the calls that were counted into `stored` since it was read.

        Only a new verification forgets the row of failures or ends a suspension that came meanwhile.
        """
        if stored.status is AgentStatus.BLOCKED:
            return replace(self, health=stored.health, status=AgentStatus.BLOCKED, probe_due_at=None)
        if self.status is AgentStatus.PENDING:
            return replace(self, health=stored.health, probe_due_at=None)
        if self.verified_at is not None and self.verified_at != stored.verified_at:
            return replace(self, health=stored.health.forgiven())
        return replace(self, health=stored.health, status=stored.status, probe_due_at=stored.probe_due_at)

    def after(self, outcome: "CallOutcome", now: datetime) -> "Agent":
        """The agent after a call: too many failures in a row suspend it, a passed probe brings it back."""
        health = self.health.after(outcome, now)
        status = status_after(self.status, health.failures_in_a_row, outcome)
        counted = replace(self, health=health, status=status)
        if status in PROBED and (outcome.is_probe or status is not self.status):
            return replace(counted, probe_due_at=now + probe_interval(status, health.circuit))
        return replace(counted, probe_due_at=counted.early_probe_at(outcome, now) or self.probe_due_at)

    def early_probe_at(self, outcome: "CallOutcome", now: datetime) -> datetime | None:
        """A sooner time for the next probe, if this call of a search, counted already, has opened the circuit."""
        row = self.health.failures_in_a_row
        if outcome.is_probe or outcome.failure is None or row != OPEN_AFTER_FAILURES:
            return None
        due_at = now + probe_interval(self.status, self.health.circuit)
        is_sooner = self.probe_due_at is None or due_at < self.probe_due_at
        return due_at if is_sooner and self.status is AgentStatus.ACTIVE else None


def status_after(status: AgentStatus, failures_in_a_row: int, outcome: "CallOutcome") -> AgentStatus:
    """What a call makes of a status, once it is counted into the row of failures.

    An agent that breaks the rule it was admitted by is suspended at once, whatever its other calls say.
    """
    is_failing = outcome.failure is not None and failures_in_a_row >= SUSPENSION_AFTER_FAILURES
    if status is AgentStatus.ACTIVE and (is_failing or outcome.is_disqualifying):
        return AgentStatus.SUSPENDED
    if status is AgentStatus.SUSPENDED and outcome.is_probe and outcome.failure is None:
        return AgentStatus.ACTIVE
    return status


def probe_interval(status: AgentStatus, circuit: Circuit) -> timedelta:
    """The time to the next probe: a quarter of an hour, less where an active agent has begun to fail.

    That is found out, and over, as soon as its circuit lets a call through again. With each failure past the one that
    suspends, the time doubles, up to a day: a host that is gone for good is asked once a day.
    """
    if status is AgentStatus.ACTIVE and circuit.failures_in_a_row:
        return circuit.rest
    doublings = max(0, circuit.failures_in_a_row - SUSPENSION_AFTER_FAILURES)
    return min(PROBE_INTERVAL * (1 << min(doublings, 10)), LONGEST_PROBE_INTERVAL)


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """How one call to an agent ended: in `ms` milliseconds, well (`failure` is None) or with a reason.

    `is_probe` marks the calls that we make by ourselves: only they bring a suspended agent back. `is_disqualifying`
    marks a probe that the agent answered though it was signed with a foreign key.
    """

    agent_id: AgentId
    ms: float
    failure: FailureReason | None = None
    is_probe: bool = False
    is_disqualifying: bool = False


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
