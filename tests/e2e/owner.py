"""What an owner does by hand: sign up, register an agent, install its key, verify it."""

import json
import secrets
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import yaml

Document = dict[str, Any]  # Any: JSON.

PASSWORD = "a long enough passphrase"


def sign_up(http: httpx.Client) -> dict[str, str]:
    """A new account, signed in; the headers to send."""
    email = f"{secrets.token_hex(8)}@example.org"
    created = http.post("/v1/accounts", json={"email": email, "password": PASSWORD})
    assert created.status_code == 201, created.text
    login = http.post("/v1/sessions", json={"email": email, "password": PASSWORD})
    assert login.status_code == 201, login.text
    return {"Authorization": f"Bearer {login.json()['token']}"}


def register_agent(http: httpx.Client, headers: dict[str, str], url: str, **members: object) -> Document:
    """A registered agent, still pending."""
    body = {"name": "Cars", "url": url, "categories": ["Car Dealer"], "orchestrator_id": "oqtopus_test", **members}
    response = http.post("/v1/agents", json=body, headers=headers)
    assert response.status_code == 201, response.text
    document: Document = response.json()
    return document


def install_key(agent: Document, keys: Path) -> None:
    keys.mkdir(parents=True, exist_ok=True)
    (keys / agent["key_file_name"]).write_text(agent["public_key"], encoding="utf-8")


def event_validator() -> jsonschema_rs.Validator:
    """The contract's schema of one event of a stream."""
    components = yaml.safe_load(Path("infra/openapi.yaml").read_text(encoding="utf-8"))["components"]
    return jsonschema_rs.validator_for({"$ref": "#/components/schemas/Event", "components": components})


EVENT = event_validator()


def search(http: httpx.Client, query: str, headers: dict[str, str] | None = None) -> list[Document]:
    """All events of a search, each as the contract describes it."""
    response = http.post("/v1/search", json={"query": query}, headers=headers)
    assert response.status_code == 200, response.text
    events = [json.loads(line) for line in response.iter_lines()]
    for event in events:
        EVENT.validate(event)
    return events


def types(events: list[Document]) -> list[str]:
    return [event["type"] for event in events]
