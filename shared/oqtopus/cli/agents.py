"""`agents …` and `categories`."""

import re
import sys
from pathlib import Path

from oqtopus.cli.command import Command
from oqtopus.cli.exits import UsageError
from oqtopus.cli.surface import one_line
from oqtopus.cli.words import duration, moment, share
from oqtopus.client import Agent, AgentKey, UnexpectedReply

_KEY_FILE_NAME = re.compile(r"[a-z0-9_]{1,63}\.pem")
_COLUMNS = ("ID", "NAME", "STATUS", "CATEGORIES", "HEALTH", "SUCCESS", "LATENCY")


def list_own(command: Command) -> None:
    with command.client() as client:
        agents = client.list_own_agents()
    _show_list(command, agents)


def catalogue(command: Command) -> None:
    with command.client() as client:
        agents = client.list_agents(category=command.asked.category, text=command.asked.text)
    _show_list(command, agents)


def show(command: Command) -> None:
    with command.client() as client:
        agent = client.read_agent(command.asked.agent)
    _show(command, agent)


def register(command: Command) -> None:
    """The key file is written at once: without it the agent refuses every call."""
    asked = command.asked
    if asked.key_dir is not None and not asked.force:
        _refuse_to_replace(asked.key_dir / f"{asked.orchestrator_id}.pem")
    with command.client() as client:
        agent = client.register_agent(
            name=asked.name,
            url=asked.agent_url,
            categories=asked.categories,
            orchestrator_id=asked.orchestrator_id,
            description=asked.description,
            public=asked.public,
        )
    _show(command, agent)
    _hand_over(command, agent.key_file_name, agent.public_key)
    command.err.line(f"Once the agent has its key: oqtopus agents verify {agent.id}")


def verify(command: Command) -> None:
    with command.client() as client:
        agent = client.verify_agent(command.asked.agent)
    _tell(command, agent, f"{agent.name} is {agent.status}.")


def rotate(command: Command) -> None:
    """Makes the next key, or shows it again; with --activate it signs from then on."""
    asked = command.asked
    with command.client() as client:
        agent = client.start_key_rotation(asked.agent)
        staged = agent.staged_key
        if staged is None:
            raise UnexpectedReply("The server's reply has no staged key.")
        if asked.key_dir is not None or not asked.activate:
            _hand_over(command, agent.key_file_name, staged.public_key)
        if asked.activate:
            agent = client.activate_key(asked.agent)
            _tell(command, agent, f"Key {agent.key_version} signs the calls of {agent.name}.")
            return
    if asked.json:
        command.show_json(agent.document)
    command.err.line(f"Restart the agent with key {staged.version}, then: oqtopus agents rotate {agent.id} --activate")


def delete(command: Command) -> None:
    with command.client() as client:
        if not command.asked.yes:
            _refuse_without_terminal()
            _make_sure(client.read_agent(command.asked.agent))
        client.remove_agent(command.asked.agent)
    command.err.line(f"Agent {command.asked.agent} and its keys are gone.")


def categories(command: Command) -> None:
    with command.client() as client:
        found = client.list_categories()
    if command.asked.json:
        command.show_json([category.document for category in found])
        return
    command.out.table(("NAME", "DESCRIPTION"), [(category.name, category.description) for category in found])


def _show_list(command: Command, agents: tuple[Agent, ...]) -> None:
    if command.asked.json:
        command.show_json([agent.document for agent in agents])
        return
    command.out.table(_COLUMNS, [_row(agent) for agent in agents])


def _row(agent: Agent) -> tuple[str, ...]:
    health = agent.health
    measured = health.condition or "-", share(health.success_rate), duration(health.latency_ms)
    return agent.id, agent.name, agent.status, ", ".join(agent.categories), *measured


def _show(command: Command, agent: Agent) -> None:
    if command.asked.json:
        command.show_json(agent.document)
        return
    facts = [
        ("id", agent.id),
        ("name", agent.name),
        ("url", agent.url),
        ("status", agent.status),
        ("categories", ", ".join(agent.categories)),
        ("description", agent.description),
        ("made", moment(agent.created_at)),
        ("verified", moment(agent.verified_at)),
        ("health", agent.health.condition or "-"),
        ("calls answered", share(agent.health.success_rate)),
        ("latency", duration(agent.health.latency_ms)),
    ]
    if agent.is_own:
        facts += [
            ("listed", "for everyone" if agent.public else "for its owner only"),
            ("calls come from", agent.orchestrator_id),
            *((f"key {key.version}", _state(key)) for key in agent.keys),
        ]
    command.out.facts(facts)


def _state(key: AgentKey) -> str:
    match key.state:
        case "current":
            return "signs"
        case "staged":
            return f"waits to be activated since {moment(key.made_at)}"
        case "retired":
            return f"usable until {moment(key.until)}"
        case other:
            return other


def _tell(command: Command, agent: Agent, sentence: str) -> None:
    if command.asked.json:
        command.show_json(agent.document)
    command.err.line(sentence, "good")


def _hand_over(command: Command, file_name: str, public_key: str) -> None:
    """The key as a file where a folder was named, else on standard output; its name is the server's word."""
    if not _KEY_FILE_NAME.fullmatch(file_name):
        raise UnexpectedReply("The server names a key file as none may be called.")
    folder: Path | None = command.asked.key_dir
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / file_name).write_text(public_key, encoding="ascii")
        except OSError as error:
            raise UsageError(f"{folder / file_name} cannot be written: {error.strerror}.") from None
        command.err.line(f"The public key is in {folder / file_name}.", "good")
    elif not command.asked.json:
        command.out.line(public_key.rstrip("\n"))


def _refuse_to_replace(file: Path) -> None:
    if file.exists():
        raise UsageError(f"{file} is there already, perhaps another agent's; --force replaces it.")


def _refuse_without_terminal() -> None:
    if not sys.stdin.isatty():
        raise UsageError("This cannot be undone, and there is no terminal to ask whether it is meant; give --yes.")


def _make_sure(agent: Agent) -> None:
    question = f"Remove “{one_line(agent.name)}” and destroy its keys? [y/N] "
    print(question, end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError("Nothing was removed.")
