"""The two clients against a server of ours, over loopback."""

import inspect
import json
import socket

import pytest

from oqtopus.client import (
    AsyncOqtopusClient,
    NotFound,
    OqtopusClient,
    Quota,
    ServerFailed,
    TooMany,
    UnexpectedReply,
    Unreachable,
)
from oqtopus.client.replies import MAX_REPLY_BYTES
from tests.fakes import search_events
from tests.fakes.api_server import ApiServer, Scripted, document, problem
from tests.unit.client.conftest import Face

QUOTA = search_events.QUOTA["data"]
ACCOUNT = {"id": "account-1", "email": "ada@example.org", "username": "ada", "created_at": "2026-11-22T00:00:00Z"}
LOGIN = {"token": "oqs_new", "token_type": "Bearer", "expires_at": "2026-12-22T00:00:00Z", "account": ACCOUNT}


def test_a_call_is_signed_and_its_reply_typed(face: Face, api: ApiServer) -> None:
    api.plays(document(QUOTA))

    quota = face.call(api.url, "read_quota")

    assert isinstance(quota, Quota)
    assert quota.remaining == 4
    [request] = api.requests
    assert (request.method, request.path) == ("GET", "/v1/me/quota")
    assert request.headers["authorization"] == "Bearer oqt_token"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["user-agent"].startswith("oqtopus/")


def test_what_needs_no_credential_goes_out_without_one(face: Face, api: ApiServer) -> None:
    api.plays(document(LOGIN, 201), document(ACCOUNT, 201), document({"categories": []}))

    for method, arguments in (("log_in", ("ada", "secret")), ("register", ("ada", "secret")), ("list_categories", ())):
        face.call(api.url, method, *arguments)

    assert ["authorization" in request.headers for request in api.requests] == [False] * 3


def test_a_login_signs_the_calls_after_it_until_the_logout(api: ApiServer) -> None:
    api.plays(document(LOGIN, 201), document(QUOTA), Scripted(204), document(QUOTA))

    with OqtopusClient(api.url) as client:
        login = client.log_in("ada@example.org", "a long enough passphrase")
        client.read_quota()
        client.log_out()
        client.read_quota()

    assert "oqs_new" not in repr(login)
    assert [request.headers.get("authorization") for request in api.requests] == [
        None,
        "Bearer oqs_new",
        "Bearer oqs_new",
        None,
    ]


async def test_a_login_signs_the_calls_of_coroutines_too(api: ApiServer) -> None:
    api.plays(document(LOGIN, 201), Scripted(204), document(QUOTA))

    async with AsyncOqtopusClient(api.url) as client:
        await client.log_in("ada@example.org", "a long enough passphrase")
        await client.log_out()
        await client.read_quota()

    assert [request.headers.get("authorization") for request in api.requests] == [None, "Bearer oqs_new", None]


def test_a_registration_that_is_answered_by_mail_is_no_account(face: Face, api: ApiServer) -> None:
    api.plays(document({"status": "verification_sent"}, 202))

    assert face.call(api.url, "register", "ada@example.org", "a long enough passphrase") is None


def test_a_refusal_is_raised_at_once(face: Face, api: ApiServer) -> None:
    api.plays(problem(404, "not-found", "There is nothing here under this address."))

    with pytest.raises(NotFound, match="nothing here"):
        face.call(api.url, "read_agent", "agent-1")

    assert face.waits == []


@pytest.mark.parametrize(
    "refusal", [problem(429, "too-many-requests", retry_after="7"), problem(503, "unavailable", retry_after="7")]
)
def test_retry_after_is_honoured(face: Face, api: ApiServer, refusal: Scripted) -> None:
    api.plays(refusal, refusal, document(QUOTA))

    face.call(api.url, "read_quota")

    assert face.waits == [7, 7]


def test_a_wait_that_is_too_long_is_not_begun(face: Face, api: ApiServer) -> None:
    api.plays(problem(429, "quota-spent", retry_after="3600"))

    with pytest.raises(TooMany) as refused:
        face.call(api.url, "answer", "Why?")

    assert refused.value.retry_after == 3_600
    assert face.waits == []


def test_nobody_there_is_told_after_a_few_attempts(face: Face) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"

    with pytest.raises(Unreachable, match=url):
        face.call(url, "read_quota")

    assert face.waits == [0.25, 0.5]


def test_what_may_have_happened_is_not_done_twice(face: Face, api: ApiServer) -> None:
    api.plays(Scripted(201, {"Content-Type": "application/json"}, pieces=[b'{"id"'], ends=False))

    with pytest.raises(Unreachable) as failed:
        face.call(api.url, "create_token", "laptop")

    assert failed.value.was_sent
    assert len(api.requests) == 1


def test_what_was_only_read_is_read_again(face: Face, api: ApiServer) -> None:
    api.plays(Scripted(200, {"Content-Type": "application/json"}, pieces=[b'{"rem'], ends=False), document(QUOTA))

    assert face.call(api.url, "read_quota").remaining == 4


@pytest.mark.parametrize(
    "odd",
    [
        Scripted(200, {"Content-Type": "text/html"}, b"<html>"),
        Scripted(302, {"Location": "/v1/me"}),
        Scripted(200, {"Content-Type": "application/json", "Content-Encoding": "gzip"}, b"\x1f\x8b\x08"),
        Scripted(
            200, {"Content-Type": "application/json"}, pieces=[b" " * MAX_REPLY_BYTES, json.dumps(QUOTA).encode()]
        ),
        document({"remaining": "four"}),
    ],
    ids=["page", "redirect", "compressed", "too large", "other members"],
)
def test_a_reply_that_is_none_of_ours_is_refused(face: Face, api: ApiServer, odd: Scripted) -> None:
    api.plays(odd)

    with pytest.raises(UnexpectedReply):
        face.call(api.url, "read_quota")

    assert len(api.requests) == 1


@pytest.mark.parametrize("bad", ["", "two words", "oqt_\r\nX-Admin: 1", "oqt_ü", "x" * 256])
def test_a_token_that_cannot_be_one_is_refused_and_not_shown(bad: str) -> None:
    with pytest.raises(ValueError, match="visible ASCII") as refused:
        OqtopusClient(token=bad)

    assert not bad or bad not in str(refused.value)


@pytest.mark.parametrize("bad", ["", "../tokens", "a/b", "a?b", "ä", "x" * 65])
def test_what_is_no_id_does_not_get_into_a_path(face: Face, api: ApiServer, bad: str) -> None:
    with pytest.raises(ValueError, match="id"):
        face.call(api.url, "remove_agent", bad)

    assert api.requests == []


def test_a_proxy_of_the_environment_gets_nothing_that_is_for_this_machine(
    api: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    api.plays(document(QUOTA))

    with OqtopusClient(api.url) as client:
        quota = client.read_quota()

    assert quota.max == 5


def test_the_two_clients_have_the_same_methods() -> None:
    def methods(kind: type) -> dict[str, list[str]]:
        found = inspect.getmembers(kind, inspect.isfunction)
        return {name: [*inspect.signature(method).parameters] for name, method in found if not name.startswith("_")}

    blocking, asynchronous = methods(OqtopusClient), methods(AsyncOqtopusClient)

    assert blocking.pop("close") == asynchronous.pop("aclose")
    assert blocking == asynchronous


def test_a_failure_of_the_server_names_its_log_entry(face: Face, api: ApiServer) -> None:
    api.plays(problem(500, "internal"))

    with pytest.raises(ServerFailed) as failed:
        face.call(api.url, "read_quota")

    assert failed.value.request_id == "request-1"
