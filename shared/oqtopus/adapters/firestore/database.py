"""One Firestore database: every call to it passes here, with its deadline, its retries and its one client a loop."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from google.cloud.firestore_v1.async_collection import AsyncCollectionReference
from google.cloud.firestore_v1.async_query import AsyncQuery

from oqtopus.adapters.firestore.client import FirestoreClient
from oqtopus.adapters.firestore.documents import Document, Write
from oqtopus.adapters.firestore.rpcs import RpcLimits, answered

_DEFAULT: Final = RpcLimits()


class FirestoreDatabase:
    """Reads and commits; `Unavailable` when Firestore does not answer in time.

    `emulator` is `host:port`, or empty for the real service.
    """

    def __init__(self, project: str, database: str, emulator: str, limits: RpcLimits = _DEFAULT) -> None:
        self._address = (project, database, emulator)
        self.limits = limits
        self._clients: dict[asyncio.AbstractEventLoop, FirestoreClient] = {}

    async def get(self, collection: str, document_id: str) -> Document | None:
        """A document by its id, which may be any text."""
        found = await self.get_all(collection, [document_id])
        return found[0] if found else None

    async def get_all(self, collection: str, document_ids: Iterable[str]) -> Sequence[Document]:
        """Those of the documents that are there, in no order."""
        ids = list(document_ids)
        return await answered(partial(self._client().documents, collection, ids), self.limits) if ids else []

    def collection(self, name: str) -> AsyncCollectionReference:
        """Where a query begins; give it to `run` in the same event loop."""
        return self._client().collection(name)

    async def run(self, query: AsyncQuery) -> Sequence[Document]:
        return await answered(partial(self._client().found, query), self.limits)

    async def commit(self, *writes: Write, budget_seconds: float | None = None) -> Sequence[Mapping[str, int]]:
        """Do all of the writes or none; for each write the new values of the whole numbers that it has transformed.

        `Refused` when a precondition does not hold.
        """
        limits = replace(self.limits, budget_seconds=budget_seconds or self.limits.budget_seconds)
        return await answered(partial(self._client().committed, writes), limits)

    async def aclose(self) -> None:
        """Close the running event loop's client; a later call opens another."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    def _client(self) -> FirestoreClient:
        # A channel of grpc.aio belongs to the event loop that it was made in.
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            client = FirestoreClient(*self._address)
            others = {of: other for of, other in self._clients.items() if not of.is_closed()}
            self._clients = {**others, loop: client}
        return client
