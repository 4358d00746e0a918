"""Delivers messages as Pub/Sub's push does: wrapped, signed, to `POST /events` of each function that has the topic."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import httpx

from infra.gateway import Application
from infra.manifest import Manifest
from infra.push_signer import PushSigner
from oqtopus.adapters.local_bus import LocalBus
from oqtopus.errors import Unavailable
from oqtopus.messages import CloudEvent, encoded

PATH: Final = "/events"


def wrapped(event: CloudEvent, subscription: str) -> bytes:
    """The body of a push; in this process the event's own id serves as the message's."""
    message = {
        "data": base64.b64encode(encoded(event)).decode(),
        "messageId": event.id,
        "publishTime": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "attributes": {},
    }
    return json.dumps({"message": message, "subscription": f"projects/local/subscriptions/{subscription}"}).encode()


class InProcessPush:
    """Pushes the messages of one topic to one function in this process, through its own door."""

    def __init__(self, function: str, topic: str, http: httpx.AsyncClient, signer: PushSigner) -> None:
        self._subscription = subscription_name(function, topic)
        self._http = http
        self._signer = signer

    async def __call__(self, event: CloudEvent) -> None:
        """Deliver once; a refusal is raised, so that the bus tries again."""
        headers = {
            "Authorization": self._signer.authorization(datetime.now(UTC)),
            "Content-Type": "application/json",
        }
        response = await self._http.post(PATH, content=wrapped(event, self._subscription), headers=headers)
        if response.is_error:
            raise Unavailable(f"{self._subscription} answered with status {response.status_code}.")


def connect(bus: LocalBus, manifest: Manifest, applications: Mapping[str, Application], signer: PushSigner) -> None:
    """Let the bus deliver to every function what the manifest says it gets."""
    for function in manifest.functions:
        transport = httpx.ASGITransport(applications[function.name])
        http = httpx.AsyncClient(transport=transport, base_url="http://function.invalid")
        for topic in function.topics:
            bus.subscribe(topic, InProcessPush(function.name, topic, http, signer))


def subscription_name(function: str, topic: str) -> str:
    return f"{function}.{topic}"
