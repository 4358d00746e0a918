"""`make run`: the whole of oqtopus on this machine, with demo agents that were registered like anyone's."""

import asyncio
import os
import secrets
import signal
import socket
import sys
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import uvicorn

from infra.demo.launch import running_demo
from infra.demo.manifest import AGENTS, DemoAgent
from infra.gateway import Gateway, application_of
from infra.manifest import load_manifest
from infra.secret_file import keep_secret
from oqtopus.bootstrap import services
from oqtopus.config import DEFAULT_HOME, Settings
from oqtopus.errors import ConfigurationError

HOST = "127.0.0.1"
TRIAL_QUOTA = "1000"
MAX_HEAD_BYTES = 32 * 1024
_QUESTION = "What are good science fiction movies from the 1990s?"


def demo_agents(environ: Mapping[str, str]) -> Sequence[DemoAgent]:
    """The demo agents to start: none with `DEMO=0`; `DEMO_PORT` moves them to a row of ports from there on."""
    if environ.get("DEMO", "1") == "0":
        return ()
    first = _port(environ, "DEMO_PORT", AGENTS[0].port)
    return tuple(replace(agent, port=first + place) for place, agent in enumerate(AGENTS))


def prepare(environ: MutableMapping[str, str], agents: Sequence[DemoAgent]) -> list[str]:
    """Fill in what a trial on one machine needs and is not set; returns what to tell about it."""
    told = []
    _default(environ, "APP_ENV", "development")
    _default(environ, "LOG_LEVEL", "WARNING")
    _add_secrets(environ, Path(environ.get("OQTOPUS_HOME") or DEFAULT_HOME))
    for name in ("QUOTA_USER_PER_DAY", "QUOTA_GUEST_PER_DAY"):
        if not environ.get(name):
            environ[name] = TRIAL_QUOTA
            told.append(f"{name} is raised to {TRIAL_QUOTA} for trying things out; set it to change that.")
    origins = [environ.get("ALLOWED_AGENT_ORIGINS", ""), *(agent.url for agent in agents)]
    environ["ALLOWED_AGENT_ORIGINS"] = ",".join(filter(None, origins))
    return told


def _add_secrets(environ: MutableMapping[str, str], home: Path) -> None:
    """Secrets of this machine, made at the first start and kept beside the data that they protect."""
    kept = home / "secrets.env"
    if not kept.exists():
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        keep_secret(kept, f"SECRET_KEY={secrets.token_hex(32)}\nPK_ENCRYPTION_SALT={secrets.token_hex(16)}\n")
    for line in kept.read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition("=")
        _default(environ, name, value)


def _default(environ: MutableMapping[str, str], name: str, value: str) -> None:
    """An empty variable counts as one that is not set, as everywhere."""
    environ[name] = environ.get(name) or value


def describe(settings: Settings, port: int) -> list[str]:
    """The lines that tell which model serves and how to ask the first question."""
    version = {"gemini": settings.gemini_version, "openai": settings.openai_version}.get(settings.llm_provider)
    model = f"{settings.llm_provider} ({version})" if version else "embedded (no key, no network)"
    return [
        f"Model: {model}. Data: {settings.home}.",
        f"oqtopus is ready on http://{HOST}:{port}; Ctrl-C stops it. Ask it something:",
        "",
        f"  curl -N http://{HOST}:{port}/v1/search -H 'Content-Type: application/json' \\",
        f"""    -d '{{"query": "{_QUESTION}"}}'""",
        "",
    ]


class LocalServer(uvicorn.Server):
    """The gateway on loopback, ready when `started` is set."""

    def __init__(self) -> None:
        manifest = load_manifest()
        gateway = Gateway(manifest, {function.name: application_of(function) for function in manifest.functions})
        super().__init__(
            uvicorn.Config(
                gateway,
                lifespan="off",
                # h11 bounds the head of a request and leaves unknown methods to us; the default parser does neither.
                http="h11",
                h11_max_incomplete_event_size=MAX_HEAD_BYTES,
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                # The peer's own word about its address must not count; see wire/client_address.py.
                proxy_headers=False,
                timeout_graceful_shutdown=3,
            )
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none: uvicorn would raise them again once it has stopped, before anything else is stopped."""
        yield


def _listener(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port), backlog=2_048)
    except OSError:
        raise ConfigurationError(f"Port {port} is in use; choose another with PORT.") from None


async def serve(port: int, agents: Sequence[DemoAgent]) -> None:
    """Serve until Ctrl-C or SIGTERM, with these demo agents."""
    told = prepare(os.environ, agents)
    active = services()
    await active.vault.check()
    listener = _listener(port)
    server = LocalServer()
    for stop in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(stop, setattr, server, "should_exit", True)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    await _started(server, serving)
    try:
        async with running_demo(f"http://{HOST}:{port}", active.settings.home / "demo", agents):
            await active.warming
            _tell([*told, *describe(active.settings, port)])
            await serving
    finally:
        server.should_exit = True
        await asyncio.gather(serving, return_exceptions=True)
        await active.aclose()


async def _started(server: uvicorn.Server, serving: "asyncio.Task[None]") -> None:
    while not server.started:
        if serving.done():
            await serving
            raise ConfigurationError("The server did not start.")
        await asyncio.sleep(0.01)


def _tell(lines: list[str]) -> None:
    print("\n".join(lines), flush=True)


def _port(environ: Mapping[str, str], name: str, default: int) -> int:
    value = environ.get(name) or str(default)
    if not value.isdecimal() or not 0 < int(value) < 65_536:
        raise ConfigurationError(f"{name} must be a port number.")
    return int(value)


def main() -> int:
    try:
        asyncio.run(serve(_port(os.environ, "PORT", 8080), demo_agents(os.environ)))
    except ConfigurationError as error:
        print(f"oqtopus did not start: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
