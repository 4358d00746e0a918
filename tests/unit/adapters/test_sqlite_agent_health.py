"""What SQLite keeps of calls is no more than what is shown, for as long as their agent is there."""

import sqlite3
from contextlib import closing
from datetime import timedelta

from oqtopus.adapters.sqlite.accounts import SqliteAccountStore
from oqtopus.adapters.sqlite.agents import SqliteAgentStore
from oqtopus.adapters.sqlite.database import Database
from oqtopus.domain.accounts import Account
from oqtopus.domain.agents import CallOutcome
from tests.fakes.agents import NOON, agent

FILMS = agent("films")


def hours_kept(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT count(*) AS kept FROM agent_hours").fetchone()
    return int(row["kept"])


async def test_hours_that_are_no_longer_shown_go_with_the_next_call_and_all_with_their_agent() -> None:
    with closing(Database(":memory:")) as database:
        agents = SqliteAgentStore(database)
        await SqliteAccountStore(database).add(Account(FILMS.owner_id, "owner@example.org", "owner", "", NOON))
        await agents.add(FILMS)
        kept = []

        for days in (0, 20, 40):
            await agents.record([CallOutcome(FILMS.id, 9.0)], NOON + timedelta(days=days))
            kept.append(await database.read(hours_kept))
        await agents.remove(FILMS.id)

        assert kept == [1, 2, 2]
        assert await database.read(hours_kept) == 0
