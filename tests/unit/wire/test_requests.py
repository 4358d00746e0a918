import contextlib
import json
from dataclasses import dataclass

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
from oqtopus.security.credentials import CredentialKind, new_secret
from oqtopus.wire.fields import Description, Name, Query
from oqtopus.wire.requests import (
    MAX_BODY_BYTES,
    MAX_DEPTH,
    Body,
    Credential,
    Request,
    depth_of,
    identifier,
    parse_object,
)

SESSION, TOKEN = new_secret(CredentialKind.SESSION), new_secret(CredentialKind.TOKEN)


class Asked(Body):
    query: Query


class Described(Body):
    name: Name = "a name"
    description: Description = ""


@dataclass(frozen=True)
class Site:
    """The settings that reading a credential takes."""

    public_url: str = "https://oqtopus.example.org"
    app_env: str = "production"
    is_behind_gateway: bool = False


CLOUD = Site(is_behind_gateway=True)
PLAIN = Site("http://127.0.0.1:8080", "development")


def request(body: bytes = b"{}", /, **headers: str) -> Request:
    """A POST of `body`; header names are given with underscores."""
    sent = {"content_type": "application/json", **headers}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/search",
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
        b'{"query": "a", "query": "b"}',
        b'{"query": {"a": 1, "a": 1}}',
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
        ({"content_encoding": "identity, gzip"}, UnsupportedMediaType),
        ({"content_type": "application/json, text/plain"}, UnsupportedMediaType),
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


@pytest.mark.parametrize("segment", ["", "..", "__x__", "____", "a b", "a/b", "x" * 65, "ü", "a\n", "a%2fb"])
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


@pytest.mark.parametrize(
    ("site", "name"),
    [(Site(), "authorization"), (PLAIN, "authorization"), (CLOUD, "x_forwarded_authorization")],
)
def test_the_bearer_is_where_the_door_says_and_goes_before_the_cookie(site: Site, name: str) -> None:
    cookie = f"__Host-oqtopus_session={SESSION}; oqtopus_session={SESSION}"

    credential = request(cookie=cookie, **{name: f"Bearer {TOKEN}"}).credential(site)

    assert credential == Credential(TOKEN, is_cookie=False)


@pytest.mark.parametrize(("site", "name"), [(Site(), "x_forwarded_authorization"), (CLOUD, "authorization")])
def test_the_header_of_the_other_door_is_no_credential(site: Site, name: str) -> None:
    assert request(**{name: f"Bearer {TOKEN}"}).credential(site) is None
    assert request(**{name: "Basic x", "cookie": f"__Host-oqtopus_session={SESSION}"}).credential(site) is not None


@pytest.mark.parametrize(
    ("site", "name", "other"),
    [
        (Site(), "__Host-oqtopus_session", "oqtopus_session"),
        (CLOUD, "__Host-oqtopus_session", "oqtopus_session"),
        (PLAIN, "oqtopus_session", "__Host-oqtopus_session"),
        (Site("http://oqtopus.example.org"), "__Host-oqtopus_session", "oqtopus_session"),
    ],
)
def test_the_cookie_has_one_name_for_each_site(site: Site, name: str, other: str) -> None:
    found = request(cookie=f"a=b; {name}={SESSION}; {other}=x").credential(site)

    assert found == Credential(SESSION, is_cookie=True)
    assert request(cookie=f"{other}={SESSION}").credential(site) is None


@pytest.mark.parametrize("value", ["", "x", TOKEN, f'"{SESSION}"', f"{SESSION}=", SESSION[:-1]])
def test_what_is_no_session_in_the_cookie_is_not_a_guest(value: str) -> None:
    with pytest.raises(Unauthenticated):
        request(cookie=f"__Host-oqtopus_session={value}").credential(Site())


def test_a_credential_is_not_shown() -> None:
    assert TOKEN not in repr(request(authorization=f"Bearer {TOKEN}").credential(Site()))


@pytest.mark.parametrize(
    "name", ["one\ntwo", "a\ttab", "a\r", "a\x00b", "a\x85b", "a\u2028b", "a\u2029b", "\u202eb", "\u200b "]
)
async def test_a_name_is_one_line_of_visible_text(name: str) -> None:
    with pytest.raises(Unprocessable):
        await request(json.dumps({"name": name}).encode()).body(Described)


async def test_a_description_may_have_lines() -> None:
    described = await request(b'{"description": "one\\n\\ttwo"}').body(Described)

    assert described.description == "one\n\ttwo"


@pytest.mark.parametrize("sent", ["%00", "a%0d", "%e2%80%ae"])
def test_a_parameter_with_control_characters_is_refused(sent: str) -> None:
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": f"q={sent}".encode()}

    with pytest.raises(Unprocessable):
        Request(HttpRequest(scope), "request-1").parameter("q", 10)


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
