"""Messages of each kind, one or any, and the stamp that makes events of them."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Final, get_args

from hypothesis import strategies as st

from oqtopus.domain.accounts import AccountId
from oqtopus.domain.agents import AgentId, CallOutcome
from oqtopus.domain.taxonomy import TAXONOMY
from oqtopus.errors import FailureReason
from oqtopus.messages import (
    AGENTS_PER_MESSAGE,
    CATEGORIES_PER_MESSAGE,
    AccountMail,
    AgentRestored,
    AgentsCalled,
    AgentsDue,
    AgentSuspended,
    CloudEvent,
    ContactReceived,
    KeysDue,
    Message,
    ModelsNearCeiling,
    ProbesDue,
    SearchFinished,
)
from tests.fakes.clock import FakeClock

FILMS, CARS, OWNER = AgentId("agent-films"), AgentId("agent-cars"), AccountId("owner")

ONE_OF_EACH: Final[tuple[Message, ...]] = (
    AgentsCalled(outcomes=(CallOutcome(FILMS, 12.5), CallOutcome(CARS, 10_000.0, "timeout", is_probe=True))),
    SearchFinished(categories=("Film",), routed_by="embedded", agents=2, ms=310, is_answered=True, is_guest=False),
    ProbesDue(),
    KeysDue(),
    AgentsDue(agent_ids=(FILMS, CARS)),
    AgentSuspended(agent_id=FILMS, owner_id=OWNER),
    AgentRestored(agent_id=FILMS, owner_id=OWNER),
    AccountMail(kind="reset", account_id=OWNER),
    ContactReceived(letter_id="letter-1"),
    ModelsNearCeiling(used=8_000, ceiling=10_000),
)


def stamping() -> Callable[[Message], CloudEvent]:
    """What the composition root stamps messages with, but predictable: `event-1`, `event-2` and so on."""
    numbers, now = itertools.count(1), FakeClock(FakeClock().now + timedelta(microseconds=250))
    return lambda message: CloudEvent(f"event-{next(numbers)}", "/functions/search", now(), message)


def due(name: str = "films") -> AgentsDue:
    return AgentsDue(agent_ids=(AgentId(name),))


_identifiers = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)
_agents = _identifiers.map(AgentId)
_accounts = _identifiers.map(AccountId)
_milliseconds = st.floats(min_value=0, max_value=1e6)
_outcomes = st.builds(
    CallOutcome, _agents, _milliseconds, st.none() | st.sampled_from(get_args(FailureReason)), st.booleans()
)


def _few(elements: st.SearchStrategy[object], at_most: int) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(elements, max_size=at_most).map(tuple)


any_message: st.SearchStrategy[Message] = st.one_of(
    st.builds(AgentsCalled, outcomes=_few(_outcomes, AGENTS_PER_MESSAGE)),
    st.builds(
        SearchFinished,
        categories=_few(st.sampled_from([category.name for category in TAXONOMY]), CATEGORIES_PER_MESSAGE),
        routed_by=_identifiers,
        agents=st.integers(0, 50),
        ms=st.integers(0, 1_000_000),
        is_answered=st.booleans(),
        is_guest=st.booleans(),
    ),
    st.builds(ProbesDue),
    st.builds(KeysDue),
    st.builds(AgentsDue, agent_ids=_few(_agents, AGENTS_PER_MESSAGE)),
    st.builds(AgentSuspended, agent_id=_agents, owner_id=_accounts),
    st.builds(AgentRestored, agent_id=_agents, owner_id=_accounts),
    st.builds(AccountMail, kind=st.sampled_from(["verification", "taken", "reset", "changed"]), account_id=_accounts),
    st.builds(ContactReceived, letter_id=_identifiers),
    st.builds(ModelsNearCeiling, used=st.integers(0, 1_000_000), ceiling=st.integers(1, 1_000_000)),
)
