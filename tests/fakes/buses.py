"""Buses as one suite sees them: what is published, what arrives; and buses whose other side is broken."""

import asyncio
import base64
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol

import httpx

from oqtopus.adapters.local_bus import LocalBus
from oqtopus.adapters.pubsub import PubSubPublisher
from oqtopus.messages import MESSAGES, CloudEvent, encoded
from oqtopus.ports import Publisher
from tests.fakes.messages import stamping
from tests.fakes.system import free_ports

TOPICS: Final = tuple(message.topic for message in MESSAGES.values())
PATIENCE_SECONDS: Final = 30.0


class Bus(Protocol):
    """A publisher, and the documents that have arrived at one subscription to all topics."""

    @property
    def publisher(self) -> Publisher: ...

    async def arrived(self, count: int) -> Sequence[bytes]:
        """Wait for `count` of them, and a moment longer for any that should not be there."""
        ...


class EmbeddedBus:
    """Implements `Bus` in this process."""

    def __init__(self) -> None:
        self.publisher = LocalBus(stamping())
        self._documents: list[bytes] = []
        for topic in TOPICS:
            self.publisher.subscribe(topic, self._keep)

    async def arrived(self, count: int) -> Sequence[bytes]:
        await self.publisher.aclose()
        return self._documents

    async def _keep(self, event: CloudEvent) -> None:
        self._documents.append(encoded(event))


class PubSubAdmin:
    """Topics and subscriptions of one project in the emulator, over its REST interface."""

    def __init__(self, emulator: str, project: str) -> None:
        self.project = project
        self._http = httpx.AsyncClient(
            base_url=f"http://{emulator}/v1/projects/{project}/", trust_env=False, timeout=30
        )

    async def __aenter__(self) -> "PubSubAdmin":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def add_topic(self, topic: str) -> None:
        await self._sent("PUT", f"topics/{topic}", {})

    async def subscribe(self, topic: str, subscription: str, **members: object) -> None:
        document = {"topic": self.topic_path(topic), **members}
        await self._sent("PUT", f"subscriptions/{subscription}", document)

    async def pulled(self, subscription: str) -> list[Mapping[str, Any]]:  # Any: the REST interface's JSON.
        """What waits there, acknowledged at once; an empty list after a moment without any."""
        asked = {"maxMessages": 1_000, "returnImmediately": True}
        answer = await self._sent("POST", f"subscriptions/{subscription}:pull", asked)
        received = answer.get("receivedMessages", [])
        if received:
            ids = [message["ackId"] for message in received]
            await self._sent("POST", f"subscriptions/{subscription}:acknowledge", {"ackIds": ids})
        return [message["message"] for message in received]

    async def awaited(self, subscription: str, count: int) -> list[Mapping[str, Any]]:  # Any: as above.
        messages: list[Mapping[str, Any]] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(messages) < count:
                messages += await self.pulled(subscription)
                await asyncio.sleep(0.02)  # The emulator has nothing to wait on.
        return messages + await self.pulled(subscription)

    def topic_path(self, topic: str) -> str:
        return f"projects/{self.project}/topics/{topic}"

    async def _sent(self, method: str, path: str, document: object) -> dict[str, Any]:  # Any: as above.
        response = await self._http.request(method, path, json=document)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer


class EmulatedBus:
    """Implements `Bus` with Google's client and the Pub/Sub emulator."""

    def __init__(self, admin: PubSubAdmin, emulator: str) -> None:
        self.publisher = PubSubPublisher(admin.project, emulator, stamping())
        self._admin = admin

    async def arrived(self, count: int) -> Sequence[bytes]:
        messages: list[Mapping[str, Any]] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(messages) < count:
                messages += await self._pulled()
        messages += await self._pulled()
        return [base64.b64decode(message["data"]) for message in messages]

    async def _pulled(self) -> list[Mapping[str, Any]]:  # Any: as above.
        per_topic = await asyncio.gather(*(self._admin.pulled(topic) for topic in TOPICS))
        return [message for messages in per_topic for message in messages]


@asynccontextmanager
async def embedded_bus() -> AsyncIterator[Bus]:
    bus = EmbeddedBus()
    yield bus
    await bus.publisher.aclose()


@asynccontextmanager
async def emulated_bus(emulator: str, project: str) -> AsyncIterator[Bus]:
    async with PubSubAdmin(emulator, project) as admin:
        for topic in TOPICS:
            await admin.add_topic(topic)
            await admin.subscribe(topic, topic)
        bus = EmulatedBus(admin, emulator)
        yield bus
        await bus.publisher.aclose()


@asynccontextmanager
async def hanging_subscriber() -> AsyncIterator[Publisher]:
    """The embedded bus with a subscriber that never ends."""
    bus = LocalBus(stamping(), close_seconds=0.1)
    for topic in TOPICS:
        bus.subscribe(topic, _hang)
    yield bus
    await bus.aclose()


@asynccontextmanager
async def hanging_broker() -> AsyncIterator[Publisher]:
    """Pub/Sub takes the connection and then says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        publisher = PubSubPublisher("demo", f"127.0.0.1:{listener.getsockname()[1]}", stamping(), flush_seconds=0.3)
        yield publisher
        await publisher.aclose()


@asynccontextmanager
async def unreachable_broker() -> AsyncIterator[Publisher]:
    """Nobody listens where Pub/Sub should be."""
    [port] = free_ports(1)
    publisher = PubSubPublisher("demo", f"127.0.0.1:{port}", stamping(), flush_seconds=0.3)
    yield publisher
    await publisher.aclose()


BROKEN: Final = {
    "hanging subscriber": hanging_subscriber,
    "hanging broker": hanging_broker,
    "unreachable broker": unreachable_broker,
}


async def _hang(event: CloudEvent) -> None:
    await asyncio.Event().wait()
