"""The scene of the search benchmarks: the search function in its own processes, a fake model server and fake agents.

The function runs as it is deployed (functions-framework, SQLite store); agents and keys are seeded into its data
folder before it starts.
"""

import asyncio
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from oqtopus.bootstrap import Services
from oqtopus.config import Settings
from oqtopus.domain.accounts import Account, AccountId
from oqtopus.domain.agents import Agent, AgentId, AgentStatus
from tests.bench.processes import Server, free_port, serving

QUESTION = "Which science fiction films of the 1990s were praised by critics?"
CATEGORY = "Movie"
AGENT_MS = 200.0


@dataclass(frozen=True, slots=True)
class Script:
    """What the fakes do, in milliseconds, and how the search function is set."""

    agents: int
    route_ms: float = 300.0
    answer_ms: float = 800.0
    first_piece_ms: float = 100.0
    agent_ms: float = AGENT_MS
    routing: str = "llm"
    provider: str = "gemini"

    @property
    def floor_ms(self) -> float:
        """The least a search can take: the scripted latencies in line."""
        return (self.route_ms if self.routing == "llm" else 0.0) + self.agent_ms + self.answer_ms

    @property
    def first_delta_floor_ms(self) -> float:
        return self.floor_ms - self.answer_ms + self.first_piece_ms


@contextmanager
def playing(script: Script) -> Iterator[Server]:
    """The search function under `script`, warmed up by its own start, until the end of the block."""
    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="oqtopus-bench-"))
        model_port, agent_port, port = free_port(), free_port(), free_port()
        environ = _environ(script, Path(home), model_port, agent_port)
        asyncio.run(_seed(Settings.from_environ(environ), script.agents, agent_port))
        stack.enter_context(serving(*_model_arguments(script, model_port), port=model_port))
        agent_arguments = ("tests.fakes.agent_server", "--port", str(agent_port), "--latency-ms", str(script.agent_ms))
        stack.enter_context(serving(*agent_arguments, port=agent_port))
        function = ("functions_framework", "--target", "search", "--source", "functions/search/main.py")
        yield stack.enter_context(
            serving(*function, "--host", "127.0.0.1", "--port", str(port), port=port, environ=environ)
        )


def _model_arguments(script: Script, port: int) -> tuple[str, ...]:
    return (
        *("tests.fakes.model_server", "--port", str(port), "--category", CATEGORY),
        *("--route-ms", str(script.route_ms), "--answer-ms", str(script.answer_ms)),
        *("--first-piece-ms", str(script.first_piece_ms), "--pieces", "40"),
    )


def _environ(script: Script, home: Path, model_port: int, agent_port: int) -> Mapping[str, str]:
    base = f"http://127.0.0.1:{model_port}"
    return {
        "PYTHONPATH": os.environ.get("PYTHONPATH", "shared:."),
        "APP_ENV": "development",
        "OQTOPUS_HOME": str(home),
        "SECRET_KEY": "the secret key of a benchmark",
        "PK_ENCRYPTION_SALT": "the salt of a benchmark",
        "QUOTA_GUEST_PER_DAY": "1000000",
        "MAX_AGENTS_PER_SEARCH": "20",
        # Every search asks the same few agents, which in use would be spread over many.
        "AGENT_CALLS_AT_ONCE": "1000",
        "ROUTING": script.routing,
        "LLM_PROVIDER": script.provider,
        "GEMINI_API_KEY": "fake",
        "GEMINI_BASE_URL": base,
        "OPENAI_API_KEY": "fake",
        "OPENAI_BASE_URL": f"{base}/v1",
        "ALLOWED_AGENT_ORIGINS": f"http://127.0.0.1:{agent_port}",
        "LOG_LEVEL": "ERROR",
    }


async def _seed(settings: Settings, agents: int, port: int) -> None:
    from rotagent.keys import KeyManager  # type: ignore[import-untyped]  # rotagent ships no types

    services, owner, now = Services(settings), AccountId("owner"), datetime.now(UTC)
    await services.accounts.add(Account(owner, "owner@example.com", "owner", "", now))
    for number in range(agents):
        private_pem, public_pem = KeyManager.generate_rsa_keypair()
        agent_id = AgentId(f"agent-{number}")
        version = await services.vault.add(agent_id, private_pem)
        await services.agents.add(
            Agent(
                id=agent_id,
                owner_id=owner,
                orchestrator_id="bench",
                name=f"Agent {number}",
                url=f"http://127.0.0.1:{port}/{number}",
                categories=(CATEGORY,),
                description="Answers at once.",
                is_public=True,
                status=AgentStatus.ACTIVE,
                key_version=version,
                public_key_pem=public_pem,
                created_at=now,
                changed_at=now,
                verified_at=now,
            )
        )
    services.close()
