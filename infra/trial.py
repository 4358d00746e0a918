"""What a trial on one machine needs and an operator would set: secrets, quotas, the demo agents' addresses."""

import secrets
import socket
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import replace
from pathlib import Path

from infra.demo.manifest import AGENTS, DemoAgent
from infra.push_signer import PushSigner
from infra.secret_file import keep_secret
from oqtopus.config import DEFAULT_HOME, Settings
from oqtopus.errors import ConfigurationError

HOST = "127.0.0.1"
TRIAL_LIMIT = "1000"
PUSH_AUDIENCE = "oqtopus-on-this-machine"
PUSH_ACCOUNT = "push@oqtopus.invalid"
_QUESTION = "What are good science fiction movies from the 1990s?"


def demo_agents(environ: Mapping[str, str]) -> Sequence[DemoAgent]:
    """The demo agents to start: none with `DEMO=0`; `DEMO_PORT` moves them to a row of ports from there on."""
    if environ.get("DEMO", "1") == "0":
        return ()
    first = port_number(environ, "DEMO_PORT", AGENTS[0].port)
    return tuple(replace(agent, port=first + place) for place, agent in enumerate(AGENTS))


def push_signer() -> PushSigner:
    """Signs what is pushed on this machine, with a key that lives as long as the process."""
    return PushSigner(PUSH_AUDIENCE, PUSH_ACCOUNT)


def prepare(environ: MutableMapping[str, str], agents: Sequence[DemoAgent], signer: PushSigner, port: int) -> list[str]:
    """Fill in what a trial on one machine needs and is not set; returns what to tell about it."""
    told = []
    _default(environ, "PUBLIC_URL", f"http://{HOST}:{port}")
    _default(environ, "APP_ENV", "development")
    _default(environ, "LOG_LEVEL", "WARNING")
    # The local gateway, like the cloud's, hands a caller's credential on under another name.
    environ["BEHIND_GATEWAY"] = "1"
    _add_secrets(environ, Path(environ.get("OQTOPUS_HOME") or DEFAULT_HOME))
    for name in ("QUOTA_USER_PER_DAY", "QUOTA_GUEST_PER_DAY", "REGISTRATION_NETWORK_LIMIT"):
        if not environ.get(name):
            environ[name] = TRIAL_LIMIT
            told.append(f"{name} is raised to {TRIAL_LIMIT} for trying things out; set it to change that.")
    environ.update(PUSH_AUDIENCE=PUSH_AUDIENCE, PUSH_ACCOUNT=PUSH_ACCOUNT, PUSH_KEY_SET=signer.key_set)
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
    mails = "sent" if settings.mail.reaches_people else f"kept in {settings.home / 'outbox'}"
    return [
        f"Model: {model}. Data: {settings.home}. Mails: {mails}.",
        f"oqtopus is ready on http://{HOST}:{port}; open it in a browser, or ask it here. Ctrl-C stops it.",
        "",
        f"  curl -N http://{HOST}:{port}/v1/search -H 'Content-Type: application/json' \\",
        f"""    -d '{{"query": "{_QUESTION}"}}'""",
        "",
    ]


def port_number(environ: Mapping[str, str], name: str, default: int) -> int:
    value = environ.get(name) or str(default)
    if not value.isdecimal() or not 0 < int(value) < 65_536:
        raise ConfigurationError(f"{name} must be a port number.")
    return int(value)


def free_port() -> int:
    """A port of loopback that nobody listened on a moment ago."""
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
