from dataclasses import replace
from datetime import date, timedelta

import pytest

from oqtopus.domain.accounts import AccountId, Caller, Scope, Session
from oqtopus.domain.agents import (
    PROBE_INTERVAL,
    SUSPENSION_AFTER_FAILURES,
    AgentId,
    AgentStatus,
    CallOutcome,
    probe_interval,
)
from oqtopus.domain.circuits import LONGEST_REST, SHORTEST_REST, Circuit
from oqtopus.domain.quotas import Quota, subject_of
from oqtopus.domain.text import is_blank, is_forbidden, visible
from tests.fakes.agents import NOON, agent

GOOD = CallOutcome(AgentId("agent-films"), 100.0)
BAD = CallOutcome(AgentId("agent-films"), 100.0, "timeout")


def test_a_row_of_failures_suspends_an_agent() -> None:
    films = agent()

    for _ in range(SUSPENSION_AFTER_FAILURES - 1):
        films = films.after(BAD, NOON)

    assert films.status is AgentStatus.ACTIVE
    assert films.after(BAD, NOON).status is AgentStatus.SUSPENDED


def test_one_good_call_ends_a_row_of_failures() -> None:
    films = agent()

    for _ in range(SUSPENSION_AFTER_FAILURES - 1):
        films = films.after(BAD, NOON)
    films = films.after(GOOD, NOON).after(BAD, NOON)

    assert films.status is AgentStatus.ACTIVE
    assert films.health.failures == SUSPENSION_AFTER_FAILURES


def test_verification_brings_a_suspended_agent_back() -> None:
    films = agent(status=AgentStatus.SUSPENDED).activated(NOON)

    assert films.status is AgentStatus.ACTIVE
    assert films.verified_at == NOON


def test_a_passed_probe_brings_a_suspended_agent_back_and_a_good_call_does_not() -> None:
    suspended = agent(status=AgentStatus.SUSPENDED)

    assert suspended.after(GOOD, NOON).status is AgentStatus.SUSPENDED
    assert suspended.after(replace(GOOD, is_probe=True), NOON).status is AgentStatus.ACTIVE


def test_probes_of_a_suspended_agent_grow_rare_up_to_one_a_day() -> None:
    rows = range(SUSPENSION_AFTER_FAILURES, 60)

    intervals = [probe_interval(AgentStatus.SUSPENDED, Circuit(row)) for row in rows]

    assert intervals[:3] == [PROBE_INTERVAL, 2 * PROBE_INTERVAL, 4 * PROBE_INTERVAL]
    assert intervals == sorted(intervals)
    assert intervals[-1] == timedelta(days=1)


@pytest.mark.parametrize(
    ("status", "failures", "failing", "interval"),
    [
        (AgentStatus.ACTIVE, 0, 0, PROBE_INTERVAL),
        (AgentStatus.ACTIVE, 1, 0, SHORTEST_REST),
        (AgentStatus.ACTIVE, 9, 120, timedelta(minutes=2)),
        (AgentStatus.ACTIVE, 9, 86_400, LONGEST_REST),
        (AgentStatus.SUSPENDED, 1, 0, PROBE_INTERVAL),
    ],
)
def test_an_active_agent_is_probed_again_when_its_circuit_would_let_a_call_through(
    status: AgentStatus, failures: int, failing: int, interval: timedelta
) -> None:
    circuit = Circuit(failures, NOON - timedelta(seconds=failing), NOON) if failures else Circuit()

    assert probe_interval(status, circuit) == interval


def test_a_pending_agent_is_never_due() -> None:
    pending = agent(status=AgentStatus.PENDING)

    assert pending.after(replace(GOOD, is_probe=True), NOON).probe_due_at is None
    assert replace(pending, probe_due_at=NOON).on_top_of(agent(probe_due_at=NOON)).probe_due_at is None


def test_a_private_agent_is_visible_to_its_owner_only() -> None:
    private = agent(is_public=False)

    assert private.is_visible_to(AccountId("owner"))
    assert not private.is_visible_to(AccountId("somebody"))
    assert not private.is_visible_to(None)


def test_sessions_and_tokens_of_an_account_share_one_quota() -> None:
    session = Caller(AccountId("a"), Scope.MANAGE, session_digest="digest")
    token = Caller(AccountId("a"), Scope.SEARCH)

    assert subject_of(session) == subject_of(token)


def test_a_quota_is_full_again_at_the_next_utc_midnight() -> None:
    assert Quota(5, 5, date(2026, 12, 31)).resets_at.isoformat() == "2027-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("idle", "age", "is_live"),
    [
        (timedelta(hours=23), timedelta(days=29), True),
        (timedelta(hours=24), timedelta(days=1), False),
        (timedelta(), timedelta(days=30), False),
    ],
)
def test_a_session_ends_when_idle_or_old(idle: timedelta, age: timedelta, is_live: bool) -> None:
    session = Session("digest", AccountId("a"), NOON - age, NOON - idle)

    assert session.is_live(NOON) is is_live


@pytest.mark.parametrize("text", ["", "  \n", "\u200b\u2063", "\u3164", "\ufe0f", "\U000e0041"])
def test_text_without_a_visible_character_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\u202e", "\u2066", "\ud800", "\x7f"])
def test_controls_and_bidi_marks_are_forbidden(character: str) -> None:
    assert is_forbidden(character)


@pytest.mark.parametrize("text", ["Hello", "héllo wörld", "日本語", "a\nb\tc", "🎬"])
def test_ordinary_text_is_shown_as_it_is(text: str) -> None:
    assert visible(text) == text
    assert not any(map(is_forbidden, text))


def test_invisible_characters_are_taken_out() -> None:
    assert visible("a\u200bb\u202ec\U000e0041d\ufe0f") == "abcd"
