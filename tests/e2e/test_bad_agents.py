"""A killed agent, a slow one and one that answers HTML cost no other agent's answer."""

import asyncio
import threading
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.e2e.conftest import RunningAgent
from tests.e2e.owner import Document, install_key, register_agent, search, sign_up, types

QUESTION = "Which SUV on sale at a dealership uses the least fuel?"
_HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<h1>Hello!</h1>"


class TurncoatAgent:
    """Passes its two probes as it must, and answers with `reply` (or never) from then on."""

    def __init__(self, port: int, reply: bytes | None) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._port, self._reply = port, reply
        self.is_honest = True
        self.was_asked, self.was_left = threading.Event(), threading.Event()
        self.trusted_key = ""
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()))

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        assert self._loop is not None, "started before it is stopped"
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(10)

    async def _main(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._ready.set()
        await self._stopping.wait()
        server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            reply = self._probe_reply(head) if self.is_honest else self._reply
            if reply is None:
                self.was_asked.set()
                await reader.read()
                self.was_left.set()
                return
            writer.write(reply)
            await writer.drain()
        finally:
            writer.close()

    def _probe_reply(self, head: str) -> bytes:
        """200 to a token of ours, 401 to any other: told apart by the signature, as `rotagent` would."""
        import jwt

        lines = [line for line in head.split("\r\n") if line.lower().startswith("authorization:")]
        try:
            jwt.decode(lines[0].split()[-1], self.trusted_key, algorithms=["RS256"])
        except jwt.InvalidTokenError:
            return b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
        body = b'{"answer": "I am well."}'
        return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


@pytest.fixture
def turncoats(agent_ports: list[int]) -> Iterator[dict[str, TurncoatAgent]]:
    agents = {"html": TurncoatAgent(agent_ports[1], _HTML), "slow": TurncoatAgent(agent_ports[2], None)}
    for agent in agents.values():
        agent.start()
    yield agents
    for agent in agents.values():
        agent.stop()


def test_bad_agents_leave_the_other_answers_and_the_final_intact(
    http: httpx.Client, start_agent: Callable[..., RunningAgent], turncoats: dict[str, TurncoatAgent]
) -> None:
    good, doomed = start_agent("cars", 0), start_agent("cars", 3)
    owner = sign_up(http)
    registered = [_active(http, owner, agent.url, name, agent) for name, agent in (("good", good), ("killed", doomed))]
    for name, agent in turncoats.items():
        registered.append(_active(http, owner, agent.url, name, agent))
        agent.is_honest = False
    doomed.process.kill()
    doomed.process.wait()

    events = search(http, QUESTION, owner)

    panel = {element["name"]: element for element in events[types(events).index("agents")]["data"]}
    assert "mpg" in panel["good"]["result"]["answer"]
    assert panel["killed"]["error"] == "unreachable"
    assert panel["html"]["error"] == "bad_media_type"
    assert panel["slow"]["error"] == "timeout"
    assert types(events).count("agent") == 4
    assert types(events)[-1] == "final"
    assert "mpg" in events[-1]["data"]
    assert len(events[-1]["sources"]) == 1
    for document in registered:
        http.delete(f"/v1/agents/{document['id']}", headers=owner)


def test_a_client_that_leaves_ends_the_call_to_the_agent(
    http: httpx.Client, turncoats: dict[str, TurncoatAgent]
) -> None:
    slow, owner = turncoats["slow"], sign_up(http)
    document = _active(http, owner, slow.url, "slow", slow)
    slow.is_honest = False

    with http.stream("POST", "/v1/search", json={"query": QUESTION}, headers=owner) as response:
        lines = response.iter_lines()
        assert "quota" in next(lines)
        assert slow.was_asked.wait(5)
    assert slow.was_left.wait(1)
    http.delete(f"/v1/agents/{document['id']}", headers=owner)


def _active(
    http: httpx.Client, owner: dict[str, str], url: str, name: str, agent: RunningAgent | TurncoatAgent
) -> Document:
    document = register_agent(http, owner, url, name=name, orchestrator_id=f"bad_{name}")
    if isinstance(agent, TurncoatAgent):
        agent.trusted_key = document["public_key"]
    else:
        install_key(document, agent.keys)
    verified = http.post(f"/v1/agents/{document['id']}/verify", headers=owner)
    assert verified.status_code == 200, verified.text
    return document
