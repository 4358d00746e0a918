"""When a call is made again, as a table."""

import pytest

from oqtopus.client import (
    ClientError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    NotSignedIn,
    QuotaSpent,
    RetryPolicy,
    ServerFailed,
    StreamBroken,
    TooMany,
    UnexpectedReply,
    Unreachable,
    operations,
)
from oqtopus.client.errors import Problem, Refused
from oqtopus.client.retries import Retries

READ, WRITE, SEARCH = operations.read_quota(), operations.create_token("laptop"), operations.search("Why?", "key-1")
POLICY = RetryPolicy(attempts=4, max_wait=30, first_wait=0.25)


def refused(kind: type[Refused], status: int, retry_after: float | None = None) -> Refused:
    return kind(Problem(status, retry_after=retry_after))


@pytest.mark.parametrize(
    ("failure", "read", "write", "search"),
    [
        (Unreachable("refused", was_sent=False), 0.25, 0.25, 0.25),
        (Unreachable("broke", was_sent=True), 0.25, None, 0.25),
        (refused(TooMany, 429, 7), 7, 7, 7),
        (refused(TooMany, 429, 30), 30, 30, 30),
        (refused(TooMany, 429, 31), None, None, None),
        (refused(TooMany, 429), None, None, None),
        (refused(QuotaSpent, 429, 3_600), None, None, None),
        (refused(ServerFailed, 503, 5), 5, 5, 5),
        (refused(ServerFailed, 503), None, None, None),
        (refused(ServerFailed, 500, 5), None, None, None),
        (refused(ServerFailed, 502, 5), None, None, None),
        (refused(Conflict, 409), None, None, None),
        (refused(Invalid, 422, 5), None, None, None),
        (refused(NotSignedIn, 401), None, None, None),
        (refused(Forbidden, 403), None, None, None),
        (refused(NotFound, 404), None, None, None),
        (UnexpectedReply("a page"), None, None, None),
        (StreamBroken("key-1"), None, None, None),
    ],
)
def test_what_may_pass_is_tried_again_where_that_is_safe(
    failure: ClientError, read: float | None, write: float | None, search: float | None
) -> None:
    waits = [Retries(POLICY, call).wait_after(failure) for call in (READ, WRITE, SEARCH)]

    assert waits == [read, write, search]


def test_waits_double_until_the_attempts_are_used() -> None:
    retries, failure = Retries(POLICY, READ), Unreachable("refused", was_sent=False)

    assert [retries.wait_after(failure) for _ in range(4)] == [0.25, 0.5, 1.0, None]


def test_waits_end_where_they_would_be_too_long_together() -> None:
    retries, failure = Retries(POLICY, READ), refused(ServerFailed, 503, 14)

    assert [retries.wait_after(failure) for _ in range(3)] == [14, 14, None]


def test_a_search_that_may_still_run_is_waited_for_under_its_key() -> None:
    retries = Retries(POLICY, SEARCH)

    first = retries.wait_after(Unreachable("broke", was_sent=True))
    second = retries.wait_after(refused(Conflict, 409))

    assert (first, second) == (0.25, 1.0)


def test_one_attempt_is_no_retry() -> None:
    retries = Retries(RetryPolicy(attempts=1), READ)

    assert retries.wait_after(Unreachable("refused", was_sent=False)) is None
