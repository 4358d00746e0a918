"""Events of a search as the server sends them, valid by default."""

from collections.abc import Mapping
from typing import Any

Document = Mapping[str, Any]  # Any: JSON.

QUOTA: Document = {"type": "quota", "data": {"remaining": 4, "max": 5, "resets_at": "2026-11-23T00:00:00Z"}}
CATEGORY: Document = {
    "type": "category",
    "data": "Movie, Film",
    "categories": ["Movie", "Film"],
    "confidence": 0.997,
    "routed_by": "embedded",
}
PING: Document = {"type": "ping", "data": None}


def agent(name: str = "Film guide", **members: object) -> Document:
    """An agent that answered; with `error` one that did not."""
    answered = {"result": {"answer": "Heat is by Michael Mann.", "sources": [], "year": 1995}}
    data = {"agent_url": "https://films.example.com", "agent_id": "agent-1", "name": name, "ms": 12}
    return {"type": "agent", "data": {**data, **({} if "error" in members else answered), **members}}


def agents(*answered: Document) -> Document:
    return {"type": "agents", "data": [event["data"] for event in answered]}


def delta(text: str) -> Document:
    return {"type": "delta", "data": text}


def error(code: str, detail: str = "It went wrong.") -> Document:
    return {"type": "error", "data": {"code": code, "detail": detail}}


def source(number: int = 1, name: str = "Film guide", **members: object) -> Document:
    return {
        "number": number,
        "agent_id": "agent-1",
        "agent_url": "https://films.example.com",
        "name": name,
        "references": [{"title": "Heat", "url": "https://films.example.org/heat"}],
        **members,
    }


def final(text: str = "Heat is by Michael Mann. [1]", **members: object) -> Document:
    usage = {"model": "embedded", "routed_by": "embedded", "agents_called": 1, "agents_answered": 1, "ms": 20}
    return {
        "type": "final",
        "data": text,
        "sources": [source()],
        "usage": usage,
        "request_id": "request-1",
        **members,
    }


def whole_search(text: str = "Heat is by Michael Mann. [1]") -> tuple[Document, ...]:
    """All events of a search that went well."""
    return QUOTA, CATEGORY, agent(), agents(agent()), delta(text[:10]), delta(text[10:]), final(text)
