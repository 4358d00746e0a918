"""The door of pushed messages: the sender first, then the shape, and each message handled once."""

import asyncio
import base64
import json
import logging
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from infra.push_signer import PushSigner
from oqtopus.adapters.signing_keys import GivenKeys
from oqtopus.errors import Conflict, MalformedRequest, Unauthenticated
from oqtopus.messages import CloudEvent, encoded
from oqtopus.security.push_tokens import PushTokens
from oqtopus.wire.endpoint import endpoint
from oqtopus.wire.push import Delivery, handled_once, pushed
from oqtopus.wire.requests import MAX_BODY_BYTES, Request
from tests.fakes.clock import FakeClock
from tests.fakes.deliveries import FakeDeliveryLog, body_of, push_of
from tests.fakes.messages import due

CLOCK: Final = FakeClock()
SIGNER: Final = PushSigner("audience", "account")
TOKENS: Final = PushTokens(GivenKeys(SIGNER.key_set), "audience", "account", CLOCK)
EVENT: Final = CloudEvent("event-1", "/functions/search", CLOCK.now, due())
DELIVERY: Final = Delivery("probe.agents.due:17", 2, EVENT)

Changed = MutableMapping[str, Any]  # JSON that a test bends.


def request(body: bytes, authorization: str | None = "good", media_type: str = "application/json") -> Request:
    good = SIGNER.authorization(CLOCK.now)
    headers = [(b"content-type", media_type.encode())]
    if authorization is not None:
        headers.append((b"authorization", authorization.replace("good", good).encode()))
    scope = {"type": "http", "method": "POST", "path": "/events", "query_string": b"", "headers": headers}

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(HttpRequest(scope, receive), "request-1")


async def test_a_push_is_a_delivery_of_its_event() -> None:
    assert await pushed(request(body_of(push_of(EVENT))), TOKENS) == DELIVERY


async def test_the_emulators_push_has_no_attempt_and_fewer_members() -> None:
    push: Changed = push_of(EVENT)
    del push["deliveryAttempt"], push["message"]["attributes"], push["message"]["message_id"]

    assert (await pushed(request(body_of(push)), TOKENS)).attempt is None


async def test_members_that_google_may_add_are_let_pass() -> None:
    push: Changed = push_of(EVENT) | {"new": 1}
    push["message"]["orderingKey"] = "a"

    assert await pushed(request(body_of(push)), TOKENS) == DELIVERY


async def test_an_event_without_a_time_is_of_the_time_it_was_published() -> None:
    tick = {"specversion": "1.0", "id": "tick", "source": "/schedules/probes", "type": "oqtopus.probes.due"}
    push: Changed = push_of(EVENT)
    push["message"]["data"] = base64.b64encode(json.dumps(tick).encode()).decode()

    delivery = await pushed(request(body_of(push)), TOKENS)

    assert delivery.event.time == datetime(2026, 3, 14, 15, 9, 26, 123_456, tzinfo=UTC)


@pytest.mark.parametrize("authorization", [None, "Bearer x.y.z", "Basic eDp5", "Bearer ", "goodx"])
async def test_the_sender_is_checked_before_the_body_is_looked_at(authorization: str | None) -> None:
    with pytest.raises(Unauthenticated):
        await pushed(request(b"{", authorization), TOKENS)


def _without(*path: str) -> Callable[[Changed], None]:
    def bend(push: Changed) -> None:
        for name in path[:-1]:
            push = push[name]
        del push[path[-1]]
        push.pop({"messageId": "message_id", "publishTime": "publish_time"}.get(path[-1], ""), None)

    return bend


def _with(value: object, *path: str) -> Callable[[Changed], None]:
    def bend(push: Changed) -> None:
        for name in path[:-1]:
            push = push[name]
        push[path[-1]] = value

    return bend


ENVELOPES: Final = {
    "no message": _without("message"),
    "a message of another kind": _with("text", "message"),
    "no data": _without("message", "data"),
    "data of another kind": _with(1, "message", "data"),
    "no message id": _without("message", "messageId"),
    "a path as message id": _with("../17", "message", "messageId"),
    "a number as message id": _with(17, "message", "messageId"),
    "no time": _without("message", "publishTime"),
    "no such time": _with("yesterday", "message", "publishTime"),
    "a time without zone": _with("2026-03-14T15:09:26", "message", "publishTime"),
    "attributes of another kind": _with({"a": 1}, "message", "attributes"),
    "no subscription": _without("subscription"),
    "a foreign subscription": _with("subscriptions/x", "subscription"),
    "a path in the subscription": _with("projects/p/subscriptions/a/../b", "subscription"),
    "an attempt of another kind": _with("2", "deliveryAttempt"),
    "an attempt before the first": _with(0, "deliveryAttempt"),
}


@pytest.mark.parametrize("bent", ENVELOPES)
async def test_an_envelope_of_another_shape_is_malformed(bent: str, caplog: pytest.LogCaptureFixture) -> None:
    push: Changed = push_of(EVENT)
    ENVELOPES[bent](push)

    with pytest.raises(MalformedRequest):
        await pushed(request(body_of(push)), TOKENS)

    assert logged(caplog) == {"reason": "envelope", "message_id": ""}


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (body_of(push_of(EVENT)), "text/plain"),
        (b" " * (MAX_BODY_BYTES + 1), "application/json"),
    ],
)
async def test_a_body_that_is_no_bounded_json_is_malformed(body: bytes, media_type: str) -> None:
    with pytest.raises(MalformedRequest):
        await pushed(request(body, media_type=media_type), TOKENS)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("%%%%", "base64"),
        ("ä", "base64"),
        ("YQ", "base64"),
        ("", "event"),
        (base64.b64encode(b"not JSON").decode(), "event"),
        (base64.b64encode(encoded(EVENT).replace(b"agents.due", b"agents.gone")).decode(), "event"),
    ],
)
async def test_data_that_is_no_message_of_ours_is_logged_by_message_and_reason(
    data: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    push: Changed = push_of(EVENT)
    push["message"]["data"] = data

    with pytest.raises(MalformedRequest):
        await pushed(request(body_of(push)), TOKENS)

    assert logged(caplog) == {"reason": reason, "message_id": "17"}


async def test_a_handled_message_is_not_handled_again() -> None:
    deliveries, handled = FakeDeliveryLog(), list[CloudEvent]()

    async def handle(event: CloudEvent) -> None:
        handled.append(event)

    replies = [await handled_once(DELIVERY, deliveries, CLOCK, handle) for _ in range(2)]

    assert [reply.status_code for reply in replies] == [204, 204]
    assert handled == [EVENT]


async def test_of_two_at_the_same_time_one_is_handled_and_the_other_comes_back_later() -> None:
    deliveries, handled, may_end = FakeDeliveryLog(), list[CloudEvent](), asyncio.Event()

    async def handle(event: CloudEvent) -> None:
        handled.append(event)
        await may_end.wait()

    first = asyncio.create_task(handled_once(DELIVERY, deliveries, CLOCK, handle))
    await asyncio.sleep(0)
    with pytest.raises(Conflict):
        await handled_once(DELIVERY, deliveries, CLOCK, handle)
    may_end.set()
    await first

    assert handled == [EVENT]
    assert (await handled_once(DELIVERY, deliveries, CLOCK, handle)).status_code == 204
    assert handled == [EVENT]


async def test_another_subscription_or_message_is_handled_for_itself() -> None:
    deliveries, handled = FakeDeliveryLog(), list[CloudEvent]()

    async def handle(event: CloudEvent) -> None:
        handled.append(event)

    for push in (push_of(EVENT), push_of(EVENT, message_id="18"), push_of(EVENT, subscription="notify.agents.due")):
        await handled_once(await pushed(request(body_of(push)), TOKENS), deliveries, CLOCK, handle)

    assert handled == [EVENT] * 3


async def test_what_could_not_be_handled_may_be_tried_again_at_once() -> None:
    deliveries, handled = FakeDeliveryLog(), list[CloudEvent]()

    async def break_once(event: CloudEvent) -> None:
        handled.append(event)
        if len(handled) == 1:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await handled_once(DELIVERY, deliveries, CLOCK, break_once)
    await handled_once(DELIVERY, deliveries, CLOCK, break_once)

    assert handled == [EVENT, EVENT]


async def test_a_cancelled_handling_is_given_up() -> None:
    deliveries = FakeDeliveryLog()

    async def hang(event: CloudEvent) -> None:
        await asyncio.Event().wait()

    handling = asyncio.create_task(handled_once(DELIVERY, deliveries, CLOCK, hang))
    await asyncio.sleep(0)
    handling.cancel()
    await asyncio.wait([handling])

    assert handling.cancelled()
    assert deliveries == FakeDeliveryLog()


@pytest.mark.parametrize(
    ("failure", "status"), [(None, 204), (ZeroDivisionError("a defect"), 500), (MalformedRequest("no"), 400)]
)
async def test_a_failure_reaches_the_bus_as_a_status_that_has_it_deliver_again(
    failure: Exception | None, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def handle(event: CloudEvent) -> None:
        if failure is not None:
            raise failure

    @endpoint
    async def door(inner: Request) -> Response:
        return await handled_once(await pushed(inner, TOKENS), FakeDeliveryLog(), CLOCK, handle)

    with caplog.at_level(logging.CRITICAL):
        response = await door(request(body_of(push_of(EVENT)))._http)

    assert response.status_code == status


def logged(caplog: pytest.LogCaptureFixture) -> object:
    """The values of the one `message_malformed`."""
    [record] = [record for record in caplog.records if record.getMessage() == "message_malformed"]
    values: object = vars(record)["oqtopus"]
    return values
