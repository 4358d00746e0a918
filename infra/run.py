"""`make run`: the whole of oqtopus on this machine, with demo agents that were registered like anyone's."""

import asyncio
import os
import secrets
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import replace
from pathlib import Path

import uvicorn

from infra.demo.launch import running_demo
from infra.demo.manifest import AGENTS, DemoAgent
from infra.gateway import Gateway, application_of
from infra.manifest import load_manifest
from oqtopus.bootstrap import services
from oqtopus.config import DEFAULT_HOME, Settings
from oqtopus.errors import ConfigurationError

HOST = "127.0.0.1"
TRIAL_QUOTA = "1000"
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
    environ.setdefault("APP_ENV", "development")
    environ.setdefault("LOG_LEVEL", "WARNING")
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
        kept.touch(mode=0o600)
        kept.write_text(f"SECRET_KEY={secrets.token_hex(32)}\nPK_ENCRYPTION_SALT={secrets.token_hex(16)}\n")
    for line in kept.read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition("=")
        environ.setdefault(name, value)


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

    def __init__(self, port: int) -> None:
        manifest = load_manifest()
        gateway = Gateway(manifest, {function.name: application_of(function) for function in manifest.functions})
        super().__init__(
            uvicorn.Config(
                gateway,
                host=HOST,
                port=port,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                # The peer's own word about its address must not count; see wire/client_address.py.
                proxy_headers=False,
                timeout_graceful_shutdown=3,
            )
        )


async def serve(port: int, agents: Sequence[DemoAgent]) -> None:
    """Serve until Ctrl-C or SIGTERM, with these demo agents."""
    told = prepare(os.environ, agents)
    active = services()
    server = LocalServer(port)
    serving = asyncio.create_task(server.serve())
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
