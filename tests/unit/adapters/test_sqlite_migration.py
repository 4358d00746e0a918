"""Files that an earlier version made are opened, and what they lack is added."""

import sqlite3
from contextlib import closing
from pathlib import Path

from oqtopus.adapters.sqlite.accounts import SqliteAccountStore
from oqtopus.adapters.sqlite.agents import SqliteAgentStore
from oqtopus.adapters.sqlite.database import Database
from oqtopus.domain.accounts import Account
from tests.fakes.agents import NOON, agent

KEYS = ("staged_version", "staged_public_key_pem", "staged_at", "retired_version", "retired_public_key_pem")


async def test_agents_from_before_keys_were_rotated_have_one_key_and_can_get_another(tmp_path: Path) -> None:
    path, films = tmp_path / "oqtopus.db", agent("films")
    with closing(Database(path)) as database:
        await SqliteAccountStore(database).add(Account(films.owner_id, "ada@example.org", "ada", "no hash", NOON))
        await SqliteAgentStore(database).add(films)
    with closing(sqlite3.connect(path)) as old:
        for name in (*KEYS, "retired_until"):
            old.execute(f"ALTER TABLE agents DROP COLUMN {name}")

    with closing(Database(path)) as database:
        agents = SqliteAgentStore(database)
        found = await agents.agent(films.id)
        staged = films.staging("2", "the next", NOON)
        await agents.change(staged, films.changed_at)
        later = await agents.agent(films.id)

    assert (found, later) == (films, staged)
