"""What the operations give, read from documents of the contract's shape."""

from datetime import UTC, datetime

from oqtopus.client import AgentHealth
from oqtopus.client.decoding import read

NOON = "2026-11-22T12:00:00Z"


def test_an_agents_health_is_typed_to_its_last_bar() -> None:
    bar = {"from": NOON, "calls": 4, "failures": 1, "latency_ms": 12}
    window = {"from": NOON, "calls": 4, "failures": 1, "failures_by_reason": {"timeout": 1}, "latency_ms": {"p50": 11}}
    circuit = {"state": "open", "rests_until": NOON}

    health = read(AgentHealth, {"status": "active", "circuit": circuit, "window": window, "hours": [bar], "new": 1})

    assert health.circuit is not None
    assert health.circuit.rests_until == datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert health.window is not None
    assert (health.window.failures_by_reason, health.window.latency_ms.p50) == ({"timeout": 1}, 11)
    assert [(bar.since, bar.calls) for bar in health.hours] == [(datetime(2026, 11, 22, 12, tzinfo=UTC), 4)]
    assert health.document["new"] == 1
