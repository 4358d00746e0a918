"""What may never be logged (L2) is planted in every input of a running system, and looked for in all it prints."""

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.e2e.contract_operations import OPERATIONS, Operation, types_of
from tests.e2e.test_bad_agents import QUESTION, TurncoatAgent
from tests.fakes.canaries import Canaries
from tests.fakes.system import System, free_ports, running

_REPLY = "HTTP/1.1 {status}\r\nContent-Type: {type}\r\nX-Agent: {mark}\r\nContent-Length: {size}\r\n\r\n{body}"
_HEADERS = ("User-Agent", "Referer", "Origin", "X-Forwarded-For", "traceparent", "X-Request-Id", "Accept-Language")
_MORE_HEADERS = ("X-User-Id", "X-Goog-Authenticated-User-Email", "X-Cloud-Trace-Context", "X-Csrf-Token", "Accept")


class Visit:
    """Uses one running system in every way, each input with a canary."""

    def __init__(self, system: System, canaries: Canaries) -> None:
        self._system, self._canaries = system, canaries
        self._mark = canaries.planted
        self.http = httpx.Client(base_url=system.url, trust_env=False, timeout=30)

    def sign_up(self) -> dict[str, str]:
        """Registers, mistakes the password once, signs in, and makes a token."""
        email, password = f"{self._mark('e-mail')}@example.org", self._mark("password")
        account = {"email": email, "password": password, "username": self._mark("username")}
        assert self.http.post("/v1/accounts", json=account).status_code < 300
        wrong = {"email": email, "password": self._mark("wrong password")}
        assert self.http.post("/v1/sessions", json=wrong).status_code == 401
        login = self.http.post("/v1/sessions", json={"email": email, "password": password})
        session = self._canaries.known("session", login.json()["token"])
        owner = {"Authorization": f"Bearer {session}"}
        created = self.http.post("/v1/tokens", json={"name": self._mark("token name")}, headers=owner)
        self._canaries.known("API token", created.json()["token"])
        return owner

    def register(self, owner: dict[str, str], agent: TurncoatAgent) -> None:
        """Registers an agent and verifies it; from then on it answers with what it was given."""
        described = {"name": self._mark("agent name"), "description": self._mark("description")}
        url, orchestrator = f"{agent.url}/{self._mark('path of an URL')}", self._mark("orchestrator id")
        body = {**described, "url": url, "categories": ["Car Dealer"], "orchestrator_id": orchestrator}
        document = self.http.post("/v1/agents", json=body, headers=owner).json()
        agent.trusted_key = document["public_key"]
        assert self.http.post(f"/v1/agents/{document['id']}/verify", headers=owner).status_code == 200
        agent.is_honest = False

    def register_refused(self, owner: dict[str, str]) -> None:
        """URLs that break a rule each: of theirs the host may be told."""
        for url in (
            f"https://10.0.0.1/{self._mark('path of a refused URL')}",
            f"https://user:{self._mark('userinfo')}@example.com/",
            f"https://example.com/?{self._mark('query of an URL')}",
            f"ftp://example.com/{self._mark('path of another scheme')}",
        ):
            body = {"name": "Cars", "url": url, "categories": ["Car Dealer"], "orchestrator_id": "oqtopus"}
            assert self.http.post("/v1/agents", json=body, headers=owner).status_code == 422

    def search(self, owner: dict[str, str]) -> None:
        for name, media_type in (("lines", "application/x-ndjson"), ("events", "text/event-stream")):
            headers = {**owner, "Accept": media_type, "Idempotency-Key": self._mark(f"key of {name}")}
            body = {"query": f"{QUESTION} {self._mark(f'question of {name}')}"}
            assert "final" in self.http.post("/v1/search", json=body, headers=headers).text

    def call_everything(self, owner: dict[str, str]) -> None:
        """Every operation, with a canary in each member, parameter, header and id, with and without a credential."""
        for operation in OPERATIONS:
            if operation.id != "logOut":
                self._call(operation, owner)
            self._call(operation, {"Authorization": f"Bearer {self._mark(f'{operation.id}: credential')}"})
            self._call(operation, {"Authorization": f"Basic {self._mark(f'{operation.id}: scheme')}"})
            self._call(operation, {"Cookie": f"oqtopus_session={self._mark(f'{operation.id}: cookie')}"})

    def _call(self, operation: Operation, credential: dict[str, str]) -> None:
        names = (*_HEADERS, *_MORE_HEADERS)
        headers = {name: self._mark(f"{operation.id}: {name}") for name in names} | credential
        query = {"q": self._mark("q"), "token": self._mark("token in the query"), "owner": self._mark("owner")}
        path = operation.filled_path("absent")
        for members in (self._members(operation, is_plain=True), self._members(operation, is_plain=False)):
            self.http.request(operation.method, path, headers=headers, params=query, json=members)
        self.http.request(operation.method, path, headers=headers, content=self._mark("a broken body"))

    def _members(self, operation: Operation, *, is_plain: bool) -> dict[str, object] | None:
        """A body that a client would send, or one whose members are all of a wrong type."""
        if operation.members is None:
            return None
        filled: dict[str, object] = dict(operation.example)
        for name, schema in operation.members.items():
            mark = self._mark(f"{operation.id}: {name}")
            if not is_plain:
                filled[name] = {mark: mark}
            elif name.endswith("email"):
                filled[name] = f"{mark}@example.org"
            elif "string" in types_of(schema) and "enum" not in schema:
                filled[name] = mark
        return filled

    def knock(self) -> None:
        """Requests that are none, and addresses that are nobody's."""
        address = urlsplit(self._system.url)
        for request in (f"{self._mark('no request')}\r\n\r\n", f"GET /{self._mark('no version')} HTTP/9\r\n\r\n"):
            with socket.create_connection((address.hostname or "", address.port or 0), timeout=5) as connection:
                connection.sendall(request.encode())
                connection.recv(1_000)
        self.http.get(f"/v1/{self._mark('an unknown path')}", params={"a": self._mark("a query string")})
        self.http.request("BREW", "/v1/search", content=self._mark("an unknown method"))


def _agent_reply(status: str, media_type: str, body: str, mark: str) -> bytes:
    return _REPLY.format(status=status, type=media_type, mark=mark, size=len(body), body=body).encode()


@pytest.fixture
def agents() -> Iterator[tuple[Canaries, list[TurncoatAgent]]]:
    """A good agent and some that fail, each by another fault, all with canaries in what they send."""
    canaries = Canaries()
    mark, json_type = canaries.planted, "application/json"
    replies = [
        _agent_reply("200 OK", json_type, f'{{"answer": "{mark("answer")}"}}', mark("a header of an answer")),
        _agent_reply("200 OK", json_type, f'{{"answer": {mark("broken JSON")}', mark("a header")),
        _agent_reply("200 OK", json_type, f'{{"answer": 7, "x": "{mark("bad shape")}"}}', mark("another header")),
        _agent_reply(f"500 {mark('reason')}", "text/html", mark("error page"), mark("a header of an error")),
        _agent_reply("200 OK", mark("media type"), "x", mark("a header of a type")),
        f"{mark('no protocol')}\r\n\r\n".encode(),
    ]
    started = [TurncoatAgent(port, reply) for port, reply in zip(free_ports(len(replies)), replies, strict=True)]
    for agent in started:
        agent.start()
    yield canaries, started
    for agent in started:
        agent.stop()


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_nothing_that_was_planted_is_ever_printed(
    level: str, agents: tuple[Canaries, list[TurncoatAgent]], tmp_path: Path
) -> None:
    canaries, started = agents
    origins = ",".join(agent.url for agent in started)
    lifted = {
        "LOGIN_NETWORK_LIMIT": "1000000",
        "REGISTRATION_NETWORK_LIMIT": "1000000",
        "CONTACT_NETWORK_LIMIT": "1000",
    }

    with running(tmp_path, LOG_LEVEL=level, ALLOWED_AGENT_ORIGINS=origins, **lifted) as system:
        visit = Visit(system, canaries)
        with visit.http:
            owner = visit.sign_up()
            for agent in started:
                visit.register(owner, agent)
            visit.register_refused(owner)
            visit.search(owner)
            visit.call_everything(owner)
            visit.knock()

    assert '"message": "' in system.output
    assert canaries.found_in(system.output) == []
