"""Streams of a search that are played to a page, whatever the system would say."""

import json
from collections.abc import Iterable
from typing import Any

from playwright.sync_api import Page, Route

Event = dict[str, Any]  # Any: JSON.

QUOTA: Event = {"type": "quota", "data": {"remaining": 3, "max": 5, "resets_at": "2026-11-23T00:00:00Z"}}
CATEGORY: Event = {
    "type": "category",
    "data": "Movie, Film",
    "categories": ["Movie", "Film"],
    "confidence": 0.873,
    "routed_by": "embedded",
}


def agent(number: int, answer: str | None = None, **members: object) -> Event:
    """The agent of a number, with an answer or with the reason why it has none."""
    outcome = {"error": "timeout"} if answer is None else {"result": {"answer": answer, "sources": []}}
    url = f"https://agent-{number}.example.com"
    return (
        {"agent_url": url, "agent_id": f"id{number}", "name": f"Agent {number}", "ms": number * 100} | outcome | members
    )


def source(number: int, **members: object) -> Event:
    url = f"https://agent-{number}.example.com"
    return {
        "number": number,
        "agent_id": f"id{number}",
        "agent_url": url,
        "name": f"Agent {number}",
        "references": [],
        **members,
    }


def final(text: str, sources: Iterable[Event] = (), **members: object) -> Event:
    usage = {"model": "scripted", "ms": 1234, "agents_called": 2, "agents_answered": 2}
    return {"type": "final", "data": text, "sources": list(sources), "usage": usage, "request_id": "r", **members}


def stream(*agents: Event, last: Event, deltas: Iterable[str] = (), errors: Iterable[Event] = ()) -> list[Event]:
    """A whole stream, in the order of the contract."""
    return [
        *(QUOTA, CATEGORY),
        *({"type": "agent", "data": one} for one in agents),
        {"type": "agents", "data": list(agents)},
        *({"type": "delta", "data": piece} for piece in deltas),
        *errors,
        last,
    ]


def play(page: Page, events: Iterable[Event]) -> None:
    """The next searches of the page get these events."""
    body = "".join(json.dumps(event) + "\n" for event in events)

    def answer(route: Route) -> None:
        route.fulfill(status=200, content_type="application/x-ndjson; charset=utf-8", body=body)

    page.route("**/v1/search", answer)


def refuse(page: Page, status: int, kind: str, detail: str, **headers: str) -> None:
    """The next searches of the page are refused."""
    problem = {
        "type": f"urn:oqtopus:problem:{kind}",
        "title": kind,
        "status": status,
        "detail": detail,
        "instance": "r",
    }
    media_type = "application/problem+json"
    page.route(
        "**/v1/search",
        lambda route: route.fulfill(
            status=status, content_type=media_type, headers={**headers}, body=json.dumps(problem)
        ),
    )
