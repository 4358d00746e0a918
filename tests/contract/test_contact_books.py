"""What every `ContactBook` keeps to."""

from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from oqtopus.adapters.firestore.contacts import FirestoreContactBook
from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.sqlite.contacts import SqliteContactBook
from oqtopus.adapters.sqlite.database import Database
from oqtopus.ports import ContactBook, Letter
from tests.contract.backends import BACKENDS, HOSTILE_IDS, opened

NOW = datetime(2026, 3, 14, 15, 9, 26, 535_897, tzinfo=UTC)
KEPT = timedelta(days=30)
A_MOMENT = timedelta(microseconds=1)
LETTER = Letter("one", "Ada 🐙", "ada@example.org", "Hello,\nis anybody there?\0", NOW)


@pytest.fixture(params=BACKENDS)
async def book(request: pytest.FixtureRequest) -> AsyncIterator[ContactBook]:
    async with opened(request) as database:
        match database:
            case FirestoreDatabase():
                yield FirestoreContactBook(database)
            case _:
                yield SqliteContactBook(database)


async def test_a_letter_is_found_by_its_id_as_it_was_sent(book: ContactBook) -> None:
    long = replace(LETTER, id="two", text="名" * 10_000)
    await book.add(LETTER)
    await book.add(long)

    assert await book.letter("one", NOW) == LETTER
    assert await book.letter("two", NOW) == long
    assert await book.letter("three", NOW) is None


async def test_a_letter_is_there_for_thirty_days(book: ContactBook) -> None:
    await book.add(LETTER)

    assert await book.letter("one", NOW + KEPT - A_MOMENT) == LETTER
    assert await book.letter("one", NOW + KEPT) is None


async def test_any_text_is_an_id_of_its_own(book: ContactBook) -> None:
    letters = [replace(LETTER, id=letter_id) for letter_id in HOSTILE_IDS]
    for letter in letters:
        await book.add(letter)

    assert [await book.letter(letter_id, NOW) for letter_id in HOSTILE_IDS] == letters


async def test_letters_that_have_expired_are_cleared_up_when_another_comes(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "letters.db")) as database:
        book = SqliteContactBook(database)
        await book.add(LETTER)

        await book.add(replace(LETTER, id="new", sent_at=NOW + KEPT))

        kept = await database.read(lambda connection: connection.execute("SELECT id FROM letters").fetchall())
    assert [row["id"] for row in kept] == ["new"]
