"""Agents' health in Firestore: what counts now beside the agent, what was counted in a document for each day.

Nothing is read to count a call: sums and counters are incremented, times raised or lowered, all in one commit. A
day's document is named by its agent and day, so that a month is found without a query, and expires by itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from google.cloud.firestore_v1 import DELETE_FIELD, Increment, Maximum, Minimum

from oqtopus.adapters.firestore.documents import Document, Merge
from oqtopus.domain.agents import AgentId, CallOutcome, Health
from oqtopus.domain.health import Evidence, Recent, weighed
from oqtopus.domain.history import DAY, DAYS_KEPT, HOUR, Tally, day_of, first_day, hour_of, latency_class

DAYS: Final = "agent_days"

_TOLD: Final = ("calls", "failures", "failures_in_a_row")
_TOLD_TIMES: Final = ("last_failure_at", "failing_since")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def fields_of(health: Health) -> dict[str, object]:
    """The fields of an agent that are health; times that a commit compares are numbers, which is all that it can."""
    sums = {
        _key(epoch): {"calls": part.calls, "failures": part.failures, "ms": part.milliseconds}
        for epoch, part in health.evidence.epochs
    }
    return {
        "calls": health.calls,
        "failures": health.failures,
        "failures_in_a_row": health.failures_in_a_row,
        "last_failure": health.last_failure,
        "last_failure_at": _number(health.last_failure_at),
        "failing_since": _number(health.failing_since),
        "last_probe_at": health.last_probe_at,
        "evidence": sums,
    }


def health_of(fields: Mapping[str, Any]) -> Health:  # Any: what Firestore keeps has no static type.
    """Documents from before health forgot have no evidence and no times."""
    sums = fields.get("evidence", {})
    return Health(
        calls=fields["calls"],
        failures=fields["failures"],
        failures_in_a_row=fields["failures_in_a_row"],
        last_failure=fields["last_failure"],
        last_failure_at=_moment(fields.get("last_failure_at")),
        failing_since=_moment(fields.get("failing_since")),
        last_probe_at=fields.get("last_probe_at"),
        evidence=Evidence.of({int(key[1:]): _recent(part) for key, part in sums.items()}),
    )


def counting(outcome: CallOutcome, at: datetime, known: Health) -> dict[str, object]:
    """What a call changes in its agent's document, whatever stands there by then; `known` is what was read of it."""
    epoch, sums = weighed(at, outcome.ms, is_good=outcome.failure is None, is_probe=outcome.is_probe)
    added = {"calls": sums.calls, "failures": sums.failures, "ms": sums.milliseconds}
    fields: dict[str, object] = {f"evidence.{_key(epoch)}.{name}": Increment(value) for name, value in added.items()}
    fields |= {f"evidence.{_key(old)}": DELETE_FIELD for old, _ in known.evidence.epochs if old < epoch - 1}
    fields["calls"] = Increment(1)
    if outcome.is_probe:
        fields["last_probe_at"] = at
    if outcome.failure is None:
        return fields | {"failures_in_a_row": 0, "failing_since": None}
    number = _number(at)
    return fields | {
        "failures": Increment(1),
        "failures_in_a_row": Increment(1),
        "last_failure": outcome.failure,
        "last_failure_at": Maximum(number),
        "failing_since": Minimum(number),
    }


def counted(health: Health, counts: Mapping[str, int]) -> Health:
    """The health that was expected of a call, with the true numbers, which the commit has told."""
    numbers: dict[str, Any] = {name: counts[name] for name in _TOLD if name in counts}  # Any: members of `Health`.
    numbers |= {name: _moment(counts[name]) for name in _TOLD_TIMES if name in counts}
    return replace(health, **numbers)


def counting_by_hour(outcome: CallOutcome, at: datetime) -> Merge:
    """The same call in its hour."""
    hour = f"hours.h{hour_of(at).hour}"
    fields: dict[str, object] = {"expire_at": day_of(at) + (DAYS_KEPT + 1) * DAY}
    if outcome.failure is None:
        fields |= {
            f"{hour}.good.c{latency_class(outcome.ms)}": Increment(1),
            f"{hour}.ms": Increment(round(outcome.ms)),
        }
    else:
        fields[f"{hour}.failed.{outcome.failure}"] = Increment(1)
    return Merge(DAYS, _day_id(outcome.agent_id, at), fields | {"day": day_of(at)})


def days_of(agent_id: AgentId, now: datetime) -> Sequence[str]:
    """The names of the documents of all days that are kept."""
    return [_day_id(agent_id, first_day(now) + number * DAY) for number in range(DAYS_KEPT)]


def tallies_of(document: Document) -> Iterator[Tally]:
    """The hours of a day that had calls."""
    for key, hour in document.fields["hours"].items():
        good = {int(number[1:]): count for number, count in hour.get("good", {}).items()}
        began_at = document.fields["day"] + int(key[1:]) * HOUR
        yield Tally(began_at, hour.get("ms", 0), hour.get("failed", {}), good)


def _day_id(agent_id: AgentId, at: datetime) -> str:
    return f"{agent_id}:{day_of(at).date()}"


def _key(epoch: int) -> str:
    """A part of a path of fields, which no number may begin."""
    return f"e{epoch}"


def _recent(part: Mapping[str, float]) -> Recent:
    return Recent(part["calls"], part["failures"], part["ms"])


def _number(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - _EPOCH) // _MICROSECOND


def _moment(number: int | None) -> datetime | None:
    return None if number is None else _EPOCH + number * _MICROSECOND
