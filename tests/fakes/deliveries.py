"""A delivery log in memory, and what Pub/Sub's push sends."""

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime

from oqtopus.messages import CloudEvent, encoded
from oqtopus.ports import Claim


@dataclass
class FakeDeliveryLog:
    """Implements `DeliveryLog` without its limits of time."""

    busy: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)

    async def begin(self, delivery_id: str, now: datetime) -> Claim:
        if delivery_id in self.done:
            return Claim.DONE
        if delivery_id in self.busy:
            return Claim.BUSY
        self.busy.add(delivery_id)
        return Claim.TAKEN

    async def finish(self, delivery_id: str, now: datetime) -> None:
        self.busy.discard(delivery_id)
        self.done.add(delivery_id)

    async def abandon(self, delivery_id: str) -> None:
        self.busy.discard(delivery_id)


def push_of(event: CloudEvent, message_id: str = "17", subscription: str = "probe.agents.due") -> dict[str, object]:
    """The body of a push as Google sends it, with members of both spellings."""
    published_at = "2026-03-14T15:09:26.123456789Z"
    message = {
        "attributes": {"ce-id": event.id},
        "data": base64.b64encode(encoded(event)).decode(),
        "messageId": message_id,
        "message_id": message_id,
        "publishTime": published_at,
        "publish_time": published_at,
    }
    return {"deliveryAttempt": 2, "message": message, "subscription": f"projects/demo/subscriptions/{subscription}"}


def body_of(push: object) -> bytes:
    return json.dumps(push).encode()
