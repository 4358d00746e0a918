"""How the calls of an agent go."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from oqtopus.client.decoding import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSummary(Value):
    """A word for it, the chance that the next call succeeds, and how long good ones take.

    The members after that are for the agent's owner alone.
    """

    condition: str = ""
    success_rate: float | None = None
    latency_ms: float | None = None
    calls: int | None = None
    failures: int | None = None
    failures_in_a_row: int | None = None
    last_failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit(Value):
    """Whether searches call the agent: `closed`, `open` until `rests_until`, or on `probation`."""

    state: str
    rests_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure(Value):
    """How a call went wrong, and when."""

    reason: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Latencies(Value):
    """Of the good calls, in milliseconds; the quantiles are estimates."""

    mean: float | None = None
    p50: float | None = None
    p95: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthWindow(Value):
    """The calls since a time, together."""

    since: datetime = field(metadata={"name": "from"})
    calls: int
    failures: int
    failures_by_reason: Mapping[str, int] = field(default_factory=dict)
    latency_ms: Latencies = field(default_factory=Latencies)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthBar(Value):
    """The calls of an hour or a day; the mean latency is that of the good ones."""

    since: datetime = field(metadata={"name": "from"})
    calls: int
    failures: int
    latency_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentHealth(Value):
    """All that an agent's owner can learn; hours and days are the oldest first, and the last one is not over."""

    status: str = ""
    condition: str = ""
    success_rate: float | None = None
    latency_ms: float | None = None
    circuit: Circuit | None = None
    failures_in_a_row: int = 0
    failing_since: datetime | None = None
    last_failure: Failure | None = None
    last_probe_at: datetime | None = None
    next_probe_at: datetime | None = None
    window: HealthWindow | None = None
    hours: tuple[HealthBar, ...] = ()
    days: tuple[HealthBar, ...] = ()
