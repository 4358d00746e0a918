"""Google's client on a channel of our own: told which server by its argument, and soon back after a loss."""

from collections.abc import Sequence
from typing import Any, Final

import grpc.aio  # type: ignore[import-untyped]  # grpc ships no types
from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore_v1.async_client import AsyncClient
from google.cloud.firestore_v1.async_query import AsyncQuery
from google.cloud.firestore_v1.services.firestore.async_client import FirestoreAsyncClient
from google.cloud.firestore_v1.services.firestore.transports.grpc_asyncio import FirestoreGrpcAsyncIOTransport
from google.cloud.firestore_v1.types import BatchGetDocumentsResponse, CommitRequest, CommitResponse, RunQueryResponse

from oqtopus.adapters.firestore.documents import Document, Write, name_of
from oqtopus.adapters.firestore.values import counts_of, document_of, message_of

_CommitMessage: Final[Any] = CommitRequest.pb()  # Any: made at run time, it has no static type.
_OPTIONS: Final = [
    # A broken connection is noticed and made anew within the budget of a call: by default the pauses between attempts
    # grow to two minutes, and a connection that died silently is used for many more.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.min_reconnect_backoff_ms", 2_000),  # In spite of its name: how long one attempt to connect may take.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 2_000),
    # The SDK's own settings: its server bounds the messages.
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
]


class FirestoreClient(AsyncClient):
    """An SDK client of one event loop; `emulator` is `host:port`, or empty for the real service."""

    def __init__(self, project: str, database: str, emulator: str) -> None:
        credentials = AnonymousCredentials() if emulator else None  # type: ignore[no-untyped-call]  # google-auth's
        super().__init__(project=project, credentials=credentials, database=database)
        # The SDK has read its environment variable by now; only our settings say where the emulator is.
        self._emulator_host = emulator or None
        self._channel = self._opened()
        transport = FirestoreGrpcAsyncIOTransport(host=self._target, channel=self._channel)
        self._api = FirestoreAsyncClient(transport=transport)

    async def documents(self, collection: str, document_ids: Sequence[str], seconds: float) -> list[Document]:
        """Those of the documents that are there, in no order."""
        names = [self._name(collection, document_id) for document_id in document_ids]
        request = {"database": self._database_string, "documents": names}
        responses = await self._api.batch_get_documents(
            request, retry=None, timeout=seconds, metadata=self._rpc_metadata
        )
        messages = [BatchGetDocumentsResponse.pb(response) async for response in responses]
        return [document_of(message.found) for message in messages if message.HasField("found")]

    async def found(self, query: AsyncQuery, seconds: float) -> list[Document]:
        """What the query finds, in its order."""
        request = {"parent": f"{self._database_string}/documents", "structured_query": query._to_protobuf()}
        responses = await self._api.run_query(request, retry=None, timeout=seconds, metadata=self._rpc_metadata)
        messages = [RunQueryResponse.pb(response) async for response in responses]
        return [document_of(message.document) for message in messages if message.HasField("document")]

    async def committed(self, writes: Sequence[Write], seconds: float) -> list[dict[str, int]]:
        """Do all of the writes or none; for each write the new values of the whole numbers that it has transformed."""
        messages = [message_of(write, self._name(write.collection, write.id)) for write in writes]
        request = CommitRequest.wrap(_CommitMessage(database=self._database_string, writes=messages))
        response = await self._api.commit(request, retry=None, timeout=seconds, metadata=self._rpc_metadata)
        results = CommitResponse.pb(response).write_results
        return [counts_of(write, result) for write, result in zip(writes, results, strict=True)]

    @property
    def _firestore_api(self) -> FirestoreAsyncClient:
        """Where the SDK takes the API from; its own has neither our channel options nor a way to be closed."""
        return self._api

    async def aclose(self) -> None:
        await self._channel.close()

    def _name(self, collection: str, document_id: str) -> str:
        return f"{self._database_string}/documents/{collection}/{name_of(document_id)}"

    def _opened(self) -> Any:  # Any: grpc has no types.
        if self._emulator_host:
            # A proxy that is meant for the outside cannot reach an emulator of this machine.
            return grpc.aio.insecure_channel(self._emulator_host, options=[*_OPTIONS, ("grpc.enable_http_proxy", 0)])
        return FirestoreGrpcAsyncIOTransport.create_channel(
            self._target, credentials=self._credentials, options=_OPTIONS
        )
