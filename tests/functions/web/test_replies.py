"""What browsers are told about pages and what they load: W1, W2, and how long to keep them."""

import gzip

import httpx
import pytest

from functions.web.assets import STYLE_SHEET
from functions.web.pages import PAGES
from functions.web.service import Site
from tests.functions.web.conftest import ORIGIN

PATHS = [page.path.replace("{id}", "abc") for page in PAGES]


@pytest.mark.parametrize("path", [*PATHS, "/template.py", "/openapi.yaml", "/sitemap.xml", "/robots"])
async def test_w1_a_page_lets_nothing_run_or_be_asked_for_but_ours(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(path)

    policy = dict(part.split(" ", 1) for part in response.headers["Content-Security-Policy"].split("; "))
    assert response.status_code == 200
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "dompurify",
    }


@pytest.mark.parametrize("path", ["/", "/catalogue", "/assets/any/early.js", "/nothing", "/healthz"])
async def test_w2_every_reply_has_the_headers_of_the_others(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers

    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Server" not in headers


async def test_a_page_is_asked_for_again_and_then_not_sent_again(client: httpx.AsyncClient) -> None:
    first = await client.get("/")
    again = await client.get("/", headers={"If-None-Match": f'"other", {first.headers["ETag"]}'})

    assert first.headers["Cache-Control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]


async def test_what_pages_load_is_kept_for_ever_under_its_version(client: httpx.AsyncClient, site: Site) -> None:
    current = await client.get(site.assets.path(STYLE_SHEET))
    older = await client.get(f"/assets/0123456789abcdef/{STYLE_SHEET}")

    assert current.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert older.headers["Cache-Control"] == "no-cache"
    assert older.content == current.content


@pytest.mark.parametrize(
    ("offer", "is_taken"),
    [
        ("gzip, deflate, br", True),
        ("br;q=1.0, GZIP;q=0.5", True),
        ("*", True),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("", False),
    ],
)
async def test_a_page_is_compressed_for_those_who_take_it(
    client: httpx.AsyncClient, offer: str, is_taken: bool
) -> None:
    request = client.build_request("GET", "/", headers={"Accept-Encoding": offer})
    response = await client.send(request, stream=True)
    body = b"".join([piece async for piece in response.aiter_raw()])

    assert response.headers.get("Content-Encoding") == ("gzip" if is_taken else None)
    assert response.headers["Vary"] == "Accept-Encoding"
    assert b"<!doctype html>" in (gzip.decompress(body) if is_taken else body)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_a_page_is_only_read(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, "/login", content=b"email=ada%40example.org&password=secret")

    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "path",
    [
        *("/nothing", "/index.html", "/agents/a/b", "/assets", "/assets/x", "/assets/x/shell.html", "/favicon"),
        *("/assets/x/..%2Fshell.html", "/assets/x/vendored.toml", "/.env", "/docs", "/robots/x"),
    ],
)
async def test_what_is_not_there_is_a_problem_document(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(path)

    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"


async def test_w3_a_host_that_a_request_names_is_in_no_page(client: httpx.AsyncClient) -> None:
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}

    pages = [await client.get(path, headers=forged) for path in (*PATHS, "/sitemap.xml", "/robots")]

    assert all("evil.example" not in page.text for page in pages)
    assert f'<link rel="canonical" href="{ORIGIN}/">' in pages[0].text
