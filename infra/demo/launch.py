"""Starts the demo agents and registers them through the public API, as any owner would."""

import asyncio
import json
import os
import secrets
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from infra.children import answers, stop
from infra.demo.manifest import DemoAgent
from infra.secret_file import keep_secret
from oqtopus.errors import ConfigurationError

READY_SECONDS = 20.0
STOP_SECONDS = 3.0

Document = Mapping[str, Any]  # Any: JSON of our own API.


@asynccontextmanager
async def running_demo(base_url: str, folder: Path, agents: Sequence[DemoAgent]) -> AsyncIterator[None]:
    """The demo agents run and are active inside the block; what was started is stopped after it, by pid."""
    processes: list[Process] = []
    try:
        for agent in agents:
            processes.append(await _start(agent, folder))
        if agents:
            async with httpx.AsyncClient(base_url=base_url, trust_env=False, timeout=30) as http:
                await asyncio.gather(
                    *(_ready(http, agent, process) for agent, process in zip(agents, processes, strict=True))
                )
                await _register(http, folder, agents)
        yield
    finally:
        await asyncio.gather(*(stop(process, STOP_SECONDS) for process in processes))


def keys_folder(folder: Path, agent: DemoAgent) -> Path:
    """The agent's `authorized_keys`, where its owner puts the public key that registration returned."""
    return folder / agent.name / "authorized_keys"


async def _start(agent: DemoAgent, folder: Path) -> Process:
    """An agent in its own process; it ends by itself when this one dies, because its standard input closes."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", agent.port)) == 0:
            raise ConfigurationError(f"Port {agent.port} of the demo agent is in use; DEMO_PORT moves them all.")
    keys = keys_folder(folder, agent)
    keys.mkdir(parents=True, exist_ok=True)
    with (folder / agent.name / "agent.log").open("wb") as log:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "infra.demo.serve", agent.name, "--port", str(agent.port)),
            *("--keys-dir", str(keys), "--until-stdin-closes"),
            stdin=PIPE,
            stdout=DEVNULL,
            stderr=log,
            env=_environment(),
            start_new_session=True,
        )


def _environment() -> dict[str, str]:
    """Only what an agent needs: no secret of the platform reaches it."""
    return {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME", "LANG") if name in os.environ}


async def _ready(http: httpx.AsyncClient, agent: DemoAgent, process: Process) -> None:
    try:
        async with asyncio.timeout(READY_SECONDS):
            while not await answers(http, f"{agent.url}/healthz"):
                if process.returncode is not None:
                    raise ConfigurationError(f"The demo agent {agent.name} ended; is port {agent.port} in use?")
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise ConfigurationError(f"The demo agent {agent.name} did not start within {READY_SECONDS:.0f} s.") from None


async def _register(http: httpx.AsyncClient, folder: Path, agents: Sequence[DemoAgent]) -> None:
    session = await _session(http, folder)
    http.headers["Authorization"] = f"Bearer {session['token']}"
    owned = {agent["url"]: agent for agent in _checked(await http.get("/v1/agents?owner=me"))["agents"]}
    for url in owned.keys() - {agent.url for agent in agents}:
        await http.delete(f"/v1/agents/{owned[url]['id']}")
    await asyncio.gather(*(_activate(http, folder, agent, owned.get(agent.url)) for agent in agents))
    await http.delete("/v1/sessions/current")


async def _session(http: httpx.AsyncClient, folder: Path) -> Document:
    """Log in as the agents' owner, whose account is made at the first start and kept beside the agents."""
    kept = folder / "owner.json"
    is_new = not kept.exists()
    if is_new:
        owner = {"email": f"demo-{secrets.token_hex(4)}@example.com", "password": secrets.token_urlsafe(24)}
        keep_secret(kept, json.dumps(owner))
    owner = json.loads(kept.read_text(encoding="utf-8"))
    opened = None if is_new else await http.post("/v1/sessions", json=owner)
    if opened is None or opened.status_code == 401:
        _checked(await http.post("/v1/accounts", json={**owner, "username": "Demo agents"}))
        opened = await http.post("/v1/sessions", json=owner)
    return _checked(opened)


async def _activate(http: httpx.AsyncClient, folder: Path, agent: DemoAgent, known: Document | None) -> None:
    registered = known or _checked(await http.post("/v1/agents", json=_registration(agent)))
    key_file = keys_folder(folder, agent) / registered["key_file_name"]
    if known is None or not key_file.exists():
        key_file.write_text(registered["public_key"], encoding="utf-8")
    if registered["status"] != "active":
        _checked(await http.post(f"/v1/agents/{registered['id']}/verify"))


def _registration(agent: DemoAgent) -> Document:
    return {
        "name": agent.title,
        "url": agent.url,
        "categories": list(agent.categories),
        "description": agent.description,
        "orchestrator_id": agent.orchestrator_id,
        "public": agent.public,
    }


def _checked(response: httpx.Response) -> Document:
    if response.is_error:
        detail = response.json().get("detail", "") if "json" in response.headers.get("content-type", "") else ""
        request = f"{response.request.method} {response.request.url.path}"
        raise ConfigurationError(
            f"The demo agents could not be registered: {request}: {detail or response.status_code}"
        )
    document: Document = response.json()
    return document
