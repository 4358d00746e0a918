"""The operator's commands, run as a terminal runs them, on a home folder of their own."""

import asyncio
import json
import os
import sqlite3
import stat
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest

from oqtopus import cli, rotation
from oqtopus.adapters.local_vault import LocalVault
from oqtopus.bootstrap import DATABASE_NAME, Services
from oqtopus.config import Settings
from oqtopus.domain.accounts import Account, AccountId, Session
from oqtopus.domain.agents import Agent, AgentId, AgentStatus
from oqtopus.errors import ConfigurationError
from oqtopus.ports import AuditEntry

T = TypeVar("T")

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ACCOUNT = Account(AccountId("account-1"), "ada@example.org", "Ada", "a hash", NOW)
PEM = "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"
OLD = {"SECRET_KEY": "an old secret key for tests", "PK_ENCRYPTION_SALT": "an old salt for tests"}


class Home:
    """The folder of an installation that holds one account with two agents."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {"OQTOPUS_HOME": str(folder), "APP_ENV": "development", "LOG_LEVEL": "ERROR"}
        self.write("secrets.env", OLD)

    def write(self, name: str, variables: dict[str, str]) -> None:
        text = "".join(f"{key}={value}\n" for key, value in variables.items())
        (self.folder / name).write_text(text, encoding="utf-8")

    def ask(self, use: Callable[[Services], Coroutine[None, None, T]]) -> T:
        """What `use` makes of the services, as a start of the system would see them now."""
        return asyncio.run(self._asked(use))

    async def _asked(self, use: Callable[[Services], Coroutine[None, None, T]]) -> T:
        await rotation.finish(self.folder)
        services = Services(Settings.from_environ({**self.environ, **rotation.kept_secrets(self.folder)}))
        try:
            return await use(services)
        finally:
            await services.aclose()

    def admin(self, *arguments: str) -> int:
        return cli.main(["admin", *arguments], self.environ)

    def trail(self) -> list[tuple[str, str]]:
        entries = self.ask(lambda services: services.audit.recent(10, datetime.now(UTC)))
        return [(entry.event, entry.subject) for entry in entries]


def an_agent(name: str) -> Agent:
    return Agent(
        id=AgentId(name),
        owner_id=ACCOUNT.id,
        orchestrator_id="oqtopus",
        name=name,
        url="https://agent.example.com",
        categories=("Movie",),
        description="",
        is_public=False,
        status=AgentStatus.ACTIVE,
        key_version="1",
        public_key_pem=PEM,
        created_at=NOW,
        changed_at=NOW,
    )


async def _fill(services: Services) -> None:
    await services.accounts.add(ACCOUNT)
    await services.sessions.add_session(Session("a digest", ACCOUNT.id, NOW, NOW))
    for name in ("agent-1", "agent-2"):
        await services.agents.add(an_agent(name))
        await services.vault.add(AgentId(name), f"the key of {name}")


async def _keys(services: Services) -> list[str]:
    return [await services.vault.private_key(AgentId(name), "1") for name in ("agent-1", "agent-2")]


async def _statuses(services: Services) -> list[AgentStatus]:
    return [agent.status for agent in await services.agents.owned_by(ACCOUNT.id)]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    installation = Home(tmp_path)
    installation.ask(_fill)
    yield installation


@pytest.mark.parametrize("who", ["account-1", "ada@example.org", "ADA@Example.ORG"])
def test_a_suspended_account_has_no_session_and_no_agent_that_is_asked(home: Home, who: str) -> None:
    assert home.admin("suspend-account", who) == 0

    account = home.ask(lambda services: services.accounts.account(ACCOUNT.id))
    assert account is not None
    assert account.is_suspended
    assert home.ask(lambda services: services.sessions.session("a digest")) is None
    assert home.ask(_statuses) == [AgentStatus.BLOCKED] * 2
    assert home.trail() == [("admin_suspend_account", "account-1")]


def test_a_restored_account_signs_in_again_and_its_agents_are_let_go_one_by_one(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.admin("suspend-account", "account-1")

    assert home.admin("restore-account", "account-1") == 0
    assert home.admin("unblock-agent", "agent-2") == 0

    account = home.ask(lambda services: services.accounts.account(ACCOUNT.id))
    assert account is not None
    assert not account.is_suspended
    assert home.ask(_statuses) == [AgentStatus.BLOCKED, AgentStatus.PENDING]
    assert "Still blocked: agent-1, agent-2." in capsys.readouterr().out


def test_a_blocked_agent_leaves_its_owners_others_alone(home: Home) -> None:
    assert home.admin("block-agent", "agent-1") == 0

    assert home.ask(_statuses) == [AgentStatus.BLOCKED, AgentStatus.ACTIVE]
    assert home.trail() == [("admin_block_agent", "agent-1")]


def test_a_reset_quota_is_whole_again(home: Home) -> None:
    today, subject = datetime.now(UTC).date(), "account:account-1"
    home.ask(lambda services: services.quotas.charge(subject, "request-1", today, 5))

    assert home.admin("reset-quota", "ada@example.org") == 0

    assert home.ask(lambda services: services.quotas.quota(subject, today, 5)).used == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("suspend-account", "nobody@example.org"),
        ("restore-account", "account-2"),
        ("reset-quota", "../account-1"),
        ("block-agent", "agent-3"),
        ("unblock-agent", "a/b"),
    ],
)
def test_what_is_not_there_is_one_clear_line_and_no_entry(
    home: Home, capsys: pytest.CaptureFixture[str], arguments: tuple[str, str]
) -> None:
    assert home.admin(*arguments) == 1

    assert len(capsys.readouterr().err.splitlines()) == 1
    assert home.trail() == []


@pytest.mark.parametrize(
    "arguments",
    [(), ("dance",), ("block-agent",), ("refusals", "--limit", "0"), ("refusals", "--limit", "x"), ("reset-quota",)],
)
def test_wrong_usage_ends_with_two(home: Home, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        home.admin(*arguments)

    assert ended.value.code == 2


def test_missing_settings_are_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environ = {"OQTOPUS_HOME": str(tmp_path), "APP_ENV": "development"}

    assert cli.main(["admin", "refusals"], environ) == 1
    assert "SECRET_KEY" in capsys.readouterr().err


def test_refusals_are_shown_newest_first_and_move_no_cursor(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    entry = AuditEntry(datetime.now(UTC), "login_limited", "subject\x1b[2J\r\nforged", "a detail")
    home.ask(lambda services: services.audit.add(entry))
    home.admin("block-agent", "agent-1")
    capsys.readouterr()

    assert home.admin("refusals") == 0
    table = capsys.readouterr().out
    assert home.admin("refusals", "--json", "--limit", "1") == 0
    lines = capsys.readouterr().out.splitlines()

    assert [line.split()[1] for line in table.splitlines()] == ["EVENT", "admin_block_agent", "login_limited"]
    assert "\x1b" not in table
    assert "\r" not in table
    assert [json.loads(line)["event"] for line in lines] == ["admin_block_agent"]


def test_an_entry_names_the_user_that_the_process_runs_as(home: Home) -> None:
    import pwd

    home.admin("block-agent", "agent-1")

    entries = home.ask(lambda services: services.audit.recent(1, datetime.now(UTC)))
    assert entries[0].detail == pwd.getpwuid(os.getuid()).pw_name


def test_rotated_secrets_open_all_keys_and_keep_sessions(home: Home) -> None:
    assert home.admin("rotate-secrets") == 0

    kept = rotation.kept_secrets(home.folder)
    assert not set(kept.values()) & set(OLD.values())
    assert stat.S_IMODE((home.folder / "secrets.env").stat().st_mode) == 0o600
    assert home.ask(_keys) == ["the key of agent-1", "the key of agent-2"]
    assert home.ask(lambda services: services.sessions.session("a digest")) is not None
    assert home.trail() == [("admin_rotate_secrets", "secrets")]
    assert not list(home.folder.glob("*.next"))


def test_a_rotation_shows_no_secret(home: Home, capfd: pytest.CaptureFixture[str]) -> None:
    home.environ["LOG_LEVEL"] = "DEBUG"

    home.admin("rotate-secrets")

    told = "".join(capfd.readouterr())
    assert not [value for value in (*OLD.values(), *rotation.kept_secrets(home.folder).values()) if value in told]


@pytest.mark.parametrize("is_resealed", [False, True])
@pytest.mark.parametrize("is_rotated_again", [False, True])
def test_an_interrupted_rotation_is_finished_by_the_next_start(
    home: Home, is_resealed: bool, is_rotated_again: bool
) -> None:
    fresh = {"SECRET_KEY": "a fresh secret key for tests", "PK_ENCRYPTION_SALT": "a fresh salt for tests"}
    home.write("secrets.env.next", fresh)
    if is_resealed:
        asyncio.run(_reseal(home.folder, fresh))

    if is_rotated_again:
        assert home.admin("rotate-secrets") == 0

    assert home.ask(_keys) == ["the key of agent-1", "the key of agent-2"]
    assert (rotation.kept_secrets(home.folder) == fresh) is not is_rotated_again
    assert not (home.folder / "secrets.env.next").exists()


async def _reseal(folder: Path, fresh: dict[str, str]) -> None:
    services = Services(Settings.from_environ({**OLD, "OQTOPUS_HOME": str(folder), "APP_ENV": "development"}))
    assert isinstance(services.vault, LocalVault)
    await services.vault.reseal(*fresh.values())
    services.close()


def test_a_failed_rotation_leaves_the_old_secrets_in_force(home: Home) -> None:
    with closing(sqlite3.connect(home.folder / DATABASE_NAME)) as connection:
        connection.execute("UPDATE secrets SET sealed = x'00' WHERE agent_id = 'agent-2'")
        connection.commit()

    assert home.admin("rotate-secrets") == 1

    assert rotation.kept_secrets(home.folder) == OLD
    assert not list(home.folder.glob("*.next"))


def test_secrets_of_the_environment_are_not_rotated(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.environ |= {"SECRET_KEY": "one that the operator set"}

    assert home.admin("rotate-secrets") == 1

    assert "environment" in capsys.readouterr().err
    assert rotation.kept_secrets(home.folder) == OLD


@pytest.mark.parametrize("setting", [{"PK_STORAGE_TYPE": "secret_manager"}, {"STORE": "firestore"}])
def test_in_the_cloud_a_rotation_says_where_the_secrets_are(
    home: Home, capsys: pytest.CaptureFixture[str], setting: dict[str, str]
) -> None:
    home.environ |= setting

    assert home.admin("rotate-secrets") == 2

    assert "SECRET_KEY" in capsys.readouterr().err


async def test_without_a_file_of_secrets_there_is_nothing_to_rotate(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"secrets\.env"):
        await rotation.rotate(tmp_path)
