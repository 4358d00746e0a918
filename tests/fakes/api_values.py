"""What the API gives beside events, valid by default."""

from collections.abc import Mapping
from typing import Any

Document = Mapping[str, Any]  # Any: JSON.

NOON = "2026-11-22T12:00:00Z"
PEM = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n"
NEXT_PEM = PEM.replace("MIIB", "MIIC")

ACCOUNT: Document = {"id": "account-1", "email": "ada@example.org", "username": "ada", "created_at": NOON}
ME: Document = {"account": ACCOUNT, "credential": {"kind": "session", "scope": "manage"}}
QUOTA: Document = {"remaining": 4, "max": 5, "resets_at": "2026-11-23T00:00:00Z"}
TOKEN: Document = {
    "id": "token-1",
    "name": "laptop",
    "hint": "oqt_abcdef",
    "scope": "search",
    "created_at": NOON,
    "expires_at": NOON,
}
NEW_TOKEN: Document = {**TOKEN, "token": "oqt_shown-once"}


def login(token: str = "oqs_a-session") -> Document:
    return {"token": token, "token_type": "Bearer", "expires_at": NOON, "account": ACCOUNT}


def agent(**members: object) -> Document:
    """An agent as its owner sees it."""
    return {
        "id": "agent-1",
        "name": "Film guide",
        "url": "https://films.example.com",
        "categories": ["Movie", "Film"],
        "description": "Finds films.",
        "status": "pending",
        "created_at": NOON,
        "verified_at": None,
        "health": {"condition": "healthy", "success_rate": 0.981, "latency_ms": 1_250.0},
        "public": False,
        "orchestrator_id": "oqtopus",
        "key_version": "1",
        "key_file_name": "oqtopus.pem",
        "public_key": PEM,
        "keys": [{"version": "1", "state": "current", "public_key": PEM}],
        "changed_at": NOON,
        **members,
    }


def rotating() -> Document:
    """An agent with a key that waits to be activated."""
    staged = {"version": "2", "state": "staged", "public_key": NEXT_PEM, "made_at": NOON}
    return agent(status="active", keys=[*agent()["keys"], staged])
