"""The columns of an agent's keys beside the one that signs; all of a key's are null where there is none."""

import sqlite3
from datetime import datetime

from oqtopus.adapters.sqlite.moments import sortable
from oqtopus.domain.agents import Agent
from oqtopus.domain.keys import RetiredKey, StagedKey


def other_keys_row(agent: Agent) -> dict[str, object]:
    staged, retired = agent.staged_key, agent.retired_key
    return {
        "staged_version": staged.version if staged else None,
        "staged_public_key_pem": staged.public_key_pem if staged else None,
        "staged_at": sortable(staged.made_at) if staged else None,
        "retired_version": retired.version if retired else None,
        "retired_public_key_pem": retired.public_key_pem if retired else None,
        "retired_until": sortable(retired.until) if retired else None,
    }


def staged_key_of(row: sqlite3.Row) -> StagedKey | None:
    if row["staged_version"] is None:
        return None
    made_at = datetime.fromisoformat(row["staged_at"])
    return StagedKey(row["staged_version"], row["staged_public_key_pem"], made_at)


def retired_key_of(row: sqlite3.Row) -> RetiredKey | None:
    if row["retired_version"] is None:
        return None
    until = datetime.fromisoformat(row["retired_until"])
    return RetiredKey(row["retired_version"], row["retired_public_key_pem"], until)
