import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request as HttpRequest

from oqtopus.errors import (
    MalformedRequest,
    NotFound,
    RequestError,
    TooLarge,
    Unauthenticated,
    Unprocessable,
    UnsupportedMediaType,
)
from oqtopus.wire.fields import Query
from oqtopus.wire.requests import MAX_BODY_BYTES, MAX_DEPTH, Body, Request, depth_of, identifier, parse_object


class Asked(Body):
    query: Query


def request(body: bytes = b"{}", path: str = "/v1/search", **headers: str) -> Request:
    """A POST of `body`; header names are given with underscores."""
    sent = {"content_type": "application/json", **headers}
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"q=a&q=b&one=1",
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in sent.items()],
    }

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(HttpRequest(scope, receive), "request-1")


async def test_a_good_body_becomes_a_value() -> None:
    asked = await request(b'{"query": "hello"}').body(Asked)

    assert asked.query == "hello"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b'{"query": NaN}',
        b'{"query": Infinity}',
        b'{"query": 1e999}',
        b'{"query": "\xff"}',
        b"\xef\xbb\xbf{}",
        b'{"query": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b'{"query": ' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}",
        b'{"query": ' + b"9" * 5_000 + b"}",
        b"{} {}",
    ],
)
async def test_what_is_not_one_json_object_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        await request(body).body(Asked)


async def test_a_body_at_the_depth_limit_is_parsed() -> None:
    nested = b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1)

    assert parse_object(b'{"a": ' + nested + b"}")


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({"content_type": "text/plain"}, UnsupportedMediaType),
        ({"content_type": "application/x-www-form-urlencoded"}, UnsupportedMediaType),
        ({"content_type": ""}, UnsupportedMediaType),
        ({"content_encoding": "gzip"}, UnsupportedMediaType),
        ({"content_length": str(MAX_BODY_BYTES + 1)}, TooLarge),
        ({"content_length": "1" * 30}, TooLarge),
    ],
)
async def test_headers_that_break_the_contract_are_refused(headers: dict[str, str], error: type[RequestError]) -> None:
    with pytest.raises(error):
        await request(b'{"query": "a"}', **headers).body(Asked)


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON"])
async def test_parameters_and_letter_case_of_the_media_type_do_not_matter(media_type: str) -> None:
    assert await request(b'{"query": "a"}', content_type=media_type).body(Asked)


async def test_a_body_over_the_limit_is_refused_while_it_is_read() -> None:
    with pytest.raises(TooLarge):
        await request(b" " * (MAX_BODY_BYTES + 1)).body(Asked)


async def test_each_violation_has_its_pointer_and_never_the_value() -> None:
    with pytest.raises(Unprocessable) as refused:
        await request(b'{"query": 31337, "other": "canary"}').body(Asked)

    pointers = {violation.pointer for violation in refused.value.violations}
    words = json.dumps([violation.detail for violation in refused.value.violations])
    assert pointers == {"/query", "/other"}
    assert "31337" not in words
    assert "canary" not in words


@pytest.mark.parametrize("segment", ["", "..", "a b", "a/b", "x" * 65, "ü", "a\n", "a%2fb"])
def test_what_cannot_be_an_id_is_not_found(segment: str) -> None:
    with pytest.raises(NotFound):
        identifier(segment)


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bearer  ", "token abc"])
def test_an_unusable_authorization_is_not_a_guest(header: str) -> None:
    with pytest.raises(Unauthenticated):
        _ = request(authorization=header).bearer


async def test_two_credentials_are_none() -> None:
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"authorization", b"Bearer a")] * 2}

    with pytest.raises(Unauthenticated):
        _ = Request(HttpRequest(scope), "request-1").bearer


async def test_the_list_of_violations_is_bounded() -> None:
    body = json.dumps({f"member{number}": 1 for number in range(2_000)}).encode()

    with pytest.raises(Unprocessable) as refused:
        await request(body).body(Asked)

    assert len(refused.value.violations) == 20


def test_depth_counts_containers_and_not_what_is_in_them() -> None:
    assert depth_of({"a": [1]}) == depth_of({"a": []}) == 2


def test_a_parameter_given_twice_is_refused() -> None:
    with pytest.raises(Unprocessable):
        request().parameter("q", 10)


def test_a_parameter_over_its_length_is_refused() -> None:
    with pytest.raises(Unprocessable):
        request().parameter("one", 0)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_malformed_request(body: bytes) -> None:
    with contextlib.suppress(MalformedRequest):
        parse_object(body)
