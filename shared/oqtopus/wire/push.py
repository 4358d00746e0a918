"""The door of functions that messages are pushed to: who sends, what it is, and whether it was handled already."""

import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Annotated

from pydantic import AliasChoices, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import Response

from oqtopus import telemetry
from oqtopus.errors import Conflict, MalformedMessage, MalformedRequest, RequestError
from oqtopus.messages import CloudEvent, parsed
from oqtopus.observability import bind_request_id, event_log
from oqtopus.ports import Claim, Clock, DeliveryLog
from oqtopus.security.push_tokens import PushTokens
from oqtopus.wire.requests import Body, Request
from oqtopus.wire.responses import empty_response

log = event_log(__name__)

_MESSAGE_ID = StringConstraints(pattern=r"\A[A-Za-z0-9._-]{1,128}\z")
_SUBSCRIPTION = StringConstraints(pattern=r"\Aprojects/[A-Za-z0-9.:_-]{1,64}/subscriptions/[A-Za-z0-9._~+%-]{3,255}\z")

_OPEN = ConfigDict(extra="ignore", strict=True, frozen=True)


class _PushedMessage(BaseModel):
    model_config = _OPEN

    data: str
    message_id: Annotated[str, _MESSAGE_ID] = Field(validation_alias=AliasChoices("messageId", "message_id"))
    # JSON has times in text only, which a strict model takes for text.
    published_at: AwareDatetime = Field(validation_alias=AliasChoices("publishTime", "publish_time"), strict=False)
    attributes: dict[str, str] = {}


class _Push(Body):
    """Pub/Sub's wrapped push; members that we do not know are let pass, because Google adds some now and then."""

    model_config = _OPEN

    message: _PushedMessage
    subscription: Annotated[str, _SUBSCRIPTION]
    attempt: Annotated[int, Field(ge=1)] | None = Field(default=None, validation_alias="deliveryAttempt")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one subscription; `attempt` counts from 1, where the bus counts at all."""

    id: str
    attempt: int | None
    event: CloudEvent


async def pushed(request: Request, tokens: PushTokens) -> Delivery:
    """The delivery in the request: first its sender is checked, then its shape, then the message itself.

    What is malformed gets a 4xx, which has the bus deliver it again and in the end put it with the dead letters.
    """
    await tokens.check(request.bearer)
    try:
        push = await request.body(_Push)
    except RequestError as error:
        raise _malformed("envelope") from error
    event = _event(push.message)
    bind_request_id(event.id)
    # The message's id, not the event's: a schedule sends the same event at each of its ticks.
    delivery_id = f"{push.subscription.rpartition('/')[2]}:{push.message.message_id}"
    return Delivery(delivery_id, push.attempt, event)


async def handled_once(
    delivery: Delivery, deliveries: DeliveryLog, clock: Clock, handle: Callable[[CloudEvent], Awaitable[None]]
) -> Response:
    """Handle the event unless that is done; `Conflict` while somebody does, so that the bus comes back later.

    Whatever `handle` raises goes on to the endpoint, and the next delivery may try at once; or, where the store that
    holds the claim is what failed, once that has lapsed.
    """
    match await deliveries.begin(delivery.id, clock()):
        case Claim.BUSY:
            raise Conflict("This message is being handled; deliver it again later.")
        case Claim.TAKEN:
            async with _Claimed(delivery.id, deliveries, clock):
                await handle(delivery.event)
        case Claim.DONE:
            log.info("message_repeated", delivery=delivery.id)
    await telemetry.flush()
    return empty_response()


class _Claimed:
    """Finishes the delivery at the end of the block, or gives it up when the block is left by an error."""

    def __init__(self, delivery_id: str, deliveries: DeliveryLog, clock: Clock) -> None:
        self._delivery_id = delivery_id
        self._deliveries = deliveries
        self._clock = clock

    async def __aenter__(self) -> None:
        """The claim is taken already."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:
            await self._deliveries.finish(self._delivery_id, self._clock())
        else:
            await self._deliveries.abandon(self._delivery_id)


def _event(message: _PushedMessage) -> CloudEvent:
    try:
        document = base64.b64decode(message.data, validate=True)
    except ValueError as error:
        raise _malformed("base64", message.message_id) from error
    try:
        return parsed(document, message.published_at)
    except MalformedMessage as error:
        raise _malformed("event", message.message_id) from error


def _malformed(reason: str, message_id: str = "") -> MalformedRequest:
    log.error("message_malformed", reason=reason, message_id=message_id)
    return MalformedRequest("The body is no message that functions send each other.")
