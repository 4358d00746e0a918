from datetime import date, timedelta

import pytest

from oqtopus.domain.accounts import AccountId, Caller, Scope, Session
from oqtopus.domain.agents import SUSPENSION_AFTER_FAILURES, AgentId, AgentStatus, CallOutcome
from oqtopus.domain.quotas import Quota, subject_of
from oqtopus.domain.text import is_blank, is_forbidden, visible
from tests.fakes.agents import NOON, agent

GOOD = CallOutcome(AgentId("agent-films"), 100.0)
BAD = CallOutcome(AgentId("agent-films"), 100.0, "timeout")


def test_a_row_of_failures_suspends_an_agent() -> None:
    films = agent()

    for _ in range(SUSPENSION_AFTER_FAILURES - 1):
        films = films.after(BAD)

    assert films.status is AgentStatus.ACTIVE
    assert films.after(BAD).status is AgentStatus.SUSPENDED


def test_one_good_call_ends_a_row_of_failures() -> None:
    films = agent()

    for _ in range(SUSPENSION_AFTER_FAILURES - 1):
        films = films.after(BAD)
    films = films.after(GOOD).after(BAD)

    assert films.status is AgentStatus.ACTIVE
    assert films.health.failures == SUSPENSION_AFTER_FAILURES


def test_verification_brings_a_suspended_agent_back() -> None:
    films = agent(status=AgentStatus.SUSPENDED).activated(NOON)

    assert films.status is AgentStatus.ACTIVE
    assert films.verified_at == NOON


def test_an_outcome_survives_its_journey() -> None:
    assert CallOutcome.parsed(BAD.document()) == BAD


@pytest.mark.parametrize("document", [{}, {"agent_id": 1, "ms": 1.0}, {"agent_id": "a", "ms": 1.0, "failure": "?"}])
def test_what_is_no_outcome_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="outcome"):
        CallOutcome.parsed(document)


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
