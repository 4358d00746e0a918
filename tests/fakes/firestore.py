"""A Firestore emulator of a test's own, and databases that keep count of what is asked of them."""

import subprocess
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from google.cloud.firestore_v1.async_query import AsyncQuery

from infra.emulators.processes import HOST, firestore_command, stop_all, wait_until_ready
from infra.emulators.sdk import find_sdk
from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.firestore.documents import Document, Write
from oqtopus.adapters.firestore.rpcs import RpcLimits
from tests.fakes.emulators import new_project

# An emulator that has just started on a busy machine takes longer than the service ever may.
_PATIENT: Final = RpcLimits(attempt_seconds=10.0, budget_seconds=30.0)


@dataclass(slots=True)
class Record:
    """What a database was asked: each call that reads, each document written, each query as it goes over the wire."""

    reads: list[str] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    commits: int = 0
    queries: list[Any] = field(default_factory=list)  # Any: the SDK's StructuredQuery messages.


class RecordedDatabase(FirestoreDatabase):
    """A database that records what passes through it."""

    def __init__(self, project: str, emulator: str) -> None:
        super().__init__(project, "(default)", emulator, _PATIENT)
        self.record = Record()

    async def get_all(self, collection: str, document_ids: Iterable[str]) -> Sequence[Document]:
        self.record.reads.append(collection)
        return await super().get_all(collection, document_ids)

    async def run(self, query: AsyncQuery) -> Sequence[Document]:
        structured = query._to_protobuf()
        self.record.reads.append(structured.from_[0].collection_id)
        self.record.queries.append(structured)
        return await super().run(query)

    async def commit(self, *writes: Write, budget_seconds: float | None = None) -> Sequence[Mapping[str, int]]:
        self.record.commits += 1
        self.record.writes.extend(writes)
        return await super().commit(*writes, budget_seconds=budget_seconds)


@asynccontextmanager
async def recorded_database(emulator: str) -> AsyncIterator[RecordedDatabase]:
    """An empty database, whose client is closed at the end of the block."""
    database = RecordedDatabase(new_project(), emulator)
    try:
        yield database
    finally:
        await database.aclose()


@contextmanager
def running_firestore(port: int, log: Path) -> Iterator[str]:
    """An emulator that others do not share, so that it can be stopped and started; its address."""
    with log.open("ab") as output:
        process = subprocess.Popen(firestore_command(find_sdk(), port), stdout=output, stderr=output)
    try:
        wait_until_ready(f"http://{HOST}:{port}/", process)
        yield f"{HOST}:{port}"
    finally:
        stop_all([process])
