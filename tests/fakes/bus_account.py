"""The message bus as a function sees it: signed pushes to its door."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from infra.push_signer import PushSigner
from oqtopus.config import PushSettings
from oqtopus.messages import CloudEvent, Message
from oqtopus.ports import Clock
from tests.fakes.deliveries import body_of, push_of

AUDIENCE = "https://oqtopus.test"
ACCOUNT = "bus@oqtopus-test.iam.gserviceaccount.com"


def new_signer() -> PushSigner:
    return PushSigner(AUDIENCE, ACCOUNT)


def push_settings(signer: PushSigner) -> PushSettings:
    """Settings by which a function believes this signer."""
    return PushSettings(AUDIENCE, ACCOUNT, signer.key_set)


@dataclass
class Bus:
    """Pushes messages to one function; each is a new one unless `message_id` says that it comes again."""

    http: httpx.AsyncClient
    signer: PushSigner
    clock: Clock
    subscription: str = "probe.agents.due"
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def push(self, message: Message, message_id: str = "", at: datetime | None = None) -> httpx.Response:
        number = message_id or str(next(self._numbers))
        event = CloudEvent(f"event-{number}", "/functions/search", at or self.clock(), message)
        return await self.post(body_of(push_of(event, number, self.subscription)))

    async def post(self, body: bytes, authorization: str | None = None) -> httpx.Response:
        """Send the body with our own token, or another `authorization`, or none when it is empty."""
        if authorization is None:
            authorization = self.signer.authorization(self.clock())
        headers = {"Content-Type": "application/json"} | ({"Authorization": authorization} if authorization else {})
        return await self.http.post("/events", content=body, headers=headers)
