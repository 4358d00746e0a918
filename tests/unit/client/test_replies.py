"""Refusals as errors, and how long to wait."""

import pytest

from oqtopus.client import errors
from oqtopus.client.replies import Reply, json_of, refusal, retry_after
from tests.fakes.api_server import Scripted, problem

NOON = "Sun, 22 Nov 2026 12:00:00 GMT"


def reply(scripted: Scripted) -> Reply:
    return Reply(scripted.status, {name.lower(): value for name, value in scripted.headers.items()}, scripted.body)


@pytest.mark.parametrize(
    ("status", "word", "kind"),
    [
        (400, "malformed-request", errors.Invalid),
        (401, "unauthenticated", errors.NotSignedIn),
        (403, "forbidden", errors.Forbidden),
        (404, "not-found", errors.NotFound),
        (405, "method-not-allowed", errors.Refused),
        (409, "conflict", errors.Conflict),
        (413, "too-large", errors.Invalid),
        (415, "unsupported-media-type", errors.Invalid),
        (422, "unprocessable", errors.Invalid),
        (429, "too-many-requests", errors.TooMany),
        (429, "quota-spent", errors.QuotaSpent),
        (500, "internal", errors.ServerFailed),
        (503, "unavailable", errors.ServerFailed),
    ],
)
def test_each_refusal_is_an_error_of_its_own(status: int, word: str, kind: type[errors.Refused]) -> None:
    error = refusal(reply(problem(status, word, "Not like this.")))

    assert type(error) is kind
    assert isinstance(error, errors.Refused)
    assert str(error) == "Not like this."
    assert (error.status, error.request_id) == (status, "request-1")


def test_a_refusal_says_where_the_fault_is() -> None:
    fault = {"pointer": "/url", "detail": "It must be an https URL."}

    error = refusal(reply(problem(422, "unprocessable", errors=[fault])))

    assert isinstance(error, errors.Invalid)
    assert error.problem.errors == (fault,)


@pytest.mark.parametrize(
    "scripted",
    [
        Scripted(502, {"Content-Type": "text/html"}, b"<h1>Bad Gateway</h1>"),
        Scripted(502, {"Content-Type": "application/problem+json"}, b"<h1>"),
        Scripted(502, {"Content-Type": "application/problem+json"}, b"[]"),
        Scripted(502),
    ],
)
def test_a_proxys_page_is_told_by_its_status_alone(scripted: Scripted) -> None:
    error = refusal(reply(scripted))

    assert isinstance(error, errors.ServerFailed)
    assert str(error) == "The server answered 502 (Bad Gateway)."


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_is_no_reply_of_ours(status: int) -> None:
    assert isinstance(refusal(Reply(status, {"location": "https://elsewhere.example"}, b"")), errors.UnexpectedReply)


@pytest.mark.parametrize(
    ("said", "date", "seconds"),
    [
        ("7", "", 7),
        ("0", "", 0),
        ("99999999999999999999", "", 999_999_999),
        ("Sun, 22 Nov 2026 12:01:30 GMT", NOON, 90),
        ("Sun, 22 Nov 2026 11:00:00 GMT", NOON, 0),
        ("Sun, 22 Nov 2026 12:01:30 GMT", "", None),
        ("", NOON, None),
        ("-1", NOON, None),
        ("1.5", NOON, None),
        ("soon", NOON, None),
        ("٣", NOON, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_by_the_servers_clock(said: str, date: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": said, "date": date}) == seconds


def test_a_reply_that_is_not_json_is_told_as_such() -> None:
    with pytest.raises(errors.UnexpectedReply, match="address"):
        json_of(Reply(200, {}, b"<html>"))
