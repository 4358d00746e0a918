"""`make smoke URL=…`: does an installation, wherever it is, do what it must, and nothing that it must not?

It asks as a guest and spends at most one guest's search; with a token in OQTOPUS_TOKEN it searches with that.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

SLOWEST_SEARCH_SECONDS: Final = 120.0
# A reply that came in one piece after this long was held back by something on the way.
SUSPICIOUS_SECONDS: Final = 2.0
_QUESTION: Final = "What are good science fiction movies from the 1990s?"


class Fault(Exception):
    """A check that did not come out as it must; the message says what was seen."""


@dataclass(frozen=True, slots=True)
class Stream:
    """The events of a search, and after how many seconds the first and the last of them came."""

    events: tuple[Mapping[str, Any], ...]  # Any: JSON.
    first_seconds: float
    last_seconds: float


def expect(is_so: bool, seen: str) -> None:
    if not is_so:
        raise Fault(seen)


def public_data_is_served(http: httpx.Client) -> str:
    reply = http.get("/v1/categories")
    expect(reply.status_code == 200, f"GET /v1/categories is {reply.status_code}: {reply.text[:200]}")
    expect(reply.headers.get("x-content-type-options") == "nosniff", "X-Content-Type-Options is not nosniff")
    is_safe = reply.url.scheme != "https" or "strict-transport-security" in reply.headers
    expect(is_safe, "an HTTPS address does not promise to stay one")
    return f"{len(reply.json()['categories'])} categories"


def functions_own_paths_are_shut(http: httpx.Client) -> str:
    for method, path in (("GET", "/healthz"), ("POST", "/events"), ("GET", "/v1/nothing")):
        status = http.request(method, path).status_code
        expect(status in (403, 404, 405), f"{method} {path} is {status}")
    return "404"


def nobody_is_believed_by_headers(http: httpx.Client) -> str:
    forged = {
        "X-Forwarded-Authorization": "Bearer oqs_forged",
        "X-Apigateway-Api-Userinfo": "eyJzdWIiOiJhIn0",
        "X-User-Id": "ada",
    }
    status = http.get("/v1/me", headers=forged).status_code
    expect(status == 401, f"GET /v1/me with forged headers is {status}")
    return "401"


def a_bad_credential_is_no_guest(http: httpx.Client) -> str:
    reply = http.get("/v1/me/quota", headers={"Authorization": "Bearer oqs_nonsense"})
    expect(reply.status_code == 401, f"GET /v1/me/quota with a bad token is {reply.status_code}")
    expect("www-authenticate" in reply.headers, "the 401 names no scheme")
    return "401"


def large_bodies_are_refused(http: httpx.Client) -> str:
    body = json.dumps({"query": "x" * 70_000})
    status = http.post("/v1/search", content=body, headers={"Content-Type": "application/json"}).status_code
    expect(status == 413, f"a body of 70 kB is {status}")
    return "413"


def other_origins_are_not_let_in(http: httpx.Client) -> str:
    preflight = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    reply = http.options("/v1/search", headers=preflight)
    expect("access-control-allow-origin" not in reply.headers, "a foreign origin's preflight is answered with leave")
    return str(reply.status_code)


def a_search_streams_and_ends(http: httpx.Client) -> str:
    token = os.environ.get("OQTOPUS_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = http.build_request("POST", "/v1/search", json={"query": _QUESTION}, headers=headers)
    begun = time.perf_counter()
    reply = http.send(request, stream=True)
    try:
        if reply.status_code == 429:
            return "429: today's searches of this address are used; set OQTOPUS_TOKEN"
        expect(reply.status_code == 200, f"POST /v1/search is {reply.status_code}")
        stream = _read(reply, begun)
    finally:
        reply.close()
    kinds = [event["type"] for event in stream.events]
    expect(kinds[:1] == ["quota"], f"the first event is {kinds[:1]}")
    expect(kinds.count("final") == 1 and kinds[-1] == "final", f"the events are {kinds}")
    is_held_back = stream.last_seconds > SUSPICIOUS_SECONDS and stream.first_seconds > stream.last_seconds * 0.9
    expect(not is_held_back, f"everything came at once after {stream.last_seconds:.1f} s: the stream is held back")
    return (
        f"{len(kinds)} events, the first after {stream.first_seconds:.2f} s, the last after {stream.last_seconds:.2f} s"
    )


def a_guest_is_known_by_its_address(http: httpx.Client) -> str:
    """What a client says of its own address must change nothing (Q5): if it does, TRUSTED_PROXY_HOPS is too large."""
    said = [http.get("/v1/me/quota", headers=forged).json() for forged in ({}, {"X-Forwarded-For": "198.51.100.77"})]
    expect(said[0]["remaining"] == said[1]["remaining"], "a forged X-Forwarded-For brings a quota of its own")
    return f"{said[0]['remaining']} of {said[0]['max']} left"


CHECKS: Final[tuple[Callable[[httpx.Client], str], ...]] = (
    public_data_is_served,
    functions_own_paths_are_shut,
    nobody_is_believed_by_headers,
    a_bad_credential_is_no_guest,
    large_bodies_are_refused,
    other_origins_are_not_let_in,
    a_search_streams_and_ends,
    a_guest_is_known_by_its_address,
)


def _read(reply: httpx.Response, begun: float) -> Stream:
    events: list[Mapping[str, Any]] = []
    first = 0.0
    for line in reply.iter_lines():
        first = first or time.perf_counter() - begun
        events.append(json.loads(line))
    return Stream(tuple(events), first, time.perf_counter() - begun)


def smoke(url: str) -> int:
    """Run every check and say how each came out; how many failed."""
    failed = 0
    with httpx.Client(base_url=url, timeout=SLOWEST_SEARCH_SECONDS) as http:
        for check in CHECKS:
            name = check.__name__.replace("_", " ")
            try:
                print(f"ok      {name}: {check(http)}", flush=True)
            except (Fault, httpx.HTTPError, ValueError, LookupError) as fault:
                failed += 1
                print(f"FAILED  {name}: {fault}", flush=True)
    return failed


def main() -> int:
    url = os.environ.get("URL", "")
    if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        print("Say where: make smoke URL=https://… (plain HTTP on this machine only).", file=sys.stderr)
        return 2
    return 1 if smoke(url) else 0


if __name__ == "__main__":
    sys.exit(main())
