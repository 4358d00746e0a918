"""The databases that every suite of stores runs over; a further one is one more entry of `BACKENDS`."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from pathlib import Path

import pytest

from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.sqlite.database import Database
from tests.fakes.firestore import recorded_database

Backend = Database | FirestoreDatabase

# What a path or another document's name could be taken for, and what is too long to be the name of one.
HOSTILE_IDS = ["", ".", "..", "/", "a/b", "a/b/c", "__x__", "../ada", "ada\0", "é" * 1_000, "' OR 1 --", "*", "~"]


@asynccontextmanager
async def _sqlite_file(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    folder: Path = request.getfixturevalue("tmp_path")
    with closing(Database(folder / "new folder" / "oqtopus.db")) as database:
        yield database


@asynccontextmanager
async def _sqlite_memory(_: pytest.FixtureRequest) -> AsyncIterator[Database]:
    with closing(Database(":memory:")) as database:
        yield database


@asynccontextmanager
async def _firestore(request: pytest.FixtureRequest) -> AsyncIterator[FirestoreDatabase]:
    environ: dict[str, str] = request.getfixturevalue("emulators")
    async with recorded_database(environ["FIRESTORE_EMULATOR_HOST"]) as database:
        yield database


BACKENDS: dict[str, Callable[[pytest.FixtureRequest], AbstractAsyncContextManager[Backend]]] = {
    "sqlite file": _sqlite_file,
    "sqlite memory": _sqlite_memory,
    "firestore": _firestore,
}


def opened(request: pytest.FixtureRequest) -> AbstractAsyncContextManager[Backend]:
    """The empty database that the fixture's parameter names; only Firestore needs the emulators."""
    return BACKENDS[request.param](request)
