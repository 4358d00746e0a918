"""Google's own client on a double."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc.aio  # type: ignore[import-untyped]  # It has no types.
from google.cloud.secretmanager_v1 import SecretManagerServiceAsyncClient
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import (
    SecretManagerServiceGrpcAsyncIOTransport,
)


@asynccontextmanager
async def client_of(target: str) -> AsyncIterator[SecretManagerServiceAsyncClient]:
    """The client that applications use, with the transport that its emulators need."""
    async with grpc.aio.insecure_channel(target) as channel:
        yield SecretManagerServiceAsyncClient(transport=SecretManagerServiceGrpcAsyncIOTransport(channel=channel))
