"""The embedded bus: who gets a message, what a failure costs, and how it ends."""

import asyncio
import itertools

import pytest

from oqtopus.adapters.local_bus import ATTEMPTS, LocalBus
from oqtopus.errors import Unavailable
from oqtopus.messages import CloudEvent, ProbesDue
from tests.fakes.messages import due, stamping


class Subscriber:
    """Keeps what it gets, and raises `failure` for the first `failures` deliveries."""

    def __init__(self, failures: int = 0, failure: BaseException | None = None) -> None:
        self.events: list[CloudEvent] = []
        self._failures = failures
        self._failure = failure or Unavailable("not now")

    async def __call__(self, event: CloudEvent) -> None:
        self.events.append(event)
        if len(self.events) <= self._failures:
            raise self._failure


def names(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


def impatient() -> LocalBus:
    return LocalBus(stamping(), first_pause=0.0)


async def test_every_subscriber_of_the_topic_gets_the_same_event() -> None:
    bus, first, second, other = impatient(), Subscriber(), Subscriber(), Subscriber()
    bus.subscribe("agents.due", first)
    bus.subscribe("agents.due", second)
    bus.subscribe("probes.due", other)

    bus.publish(due())
    await bus.aclose()

    assert [event.id for event in first.events] == ["event-1"]
    assert first.events == second.events
    assert other.events == []


async def test_a_topic_without_subscribers_is_no_error() -> None:
    impatient().publish(ProbesDue())


async def test_flushing_does_not_wait_until_a_message_is_handled() -> None:
    bus, is_open = impatient(), asyncio.Event()

    async def wait(event: CloudEvent) -> None:
        await is_open.wait()

    bus.subscribe("agents.due", wait)
    bus.publish(due())
    await bus.flush()

    is_open.set()
    await bus.aclose()


@pytest.mark.parametrize("failure", [Unavailable("not now"), ZeroDivisionError(), asyncio.CancelledError()])
async def test_a_failed_delivery_is_tried_again(failure: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    bus, subscriber = impatient(), Subscriber(ATTEMPTS - 1, failure)
    bus.subscribe("agents.due", subscriber)

    bus.publish(due())
    await bus.aclose()

    assert len(subscriber.events) == ATTEMPTS
    assert names(caplog) == []


async def test_after_five_attempts_a_message_is_dead(caplog: pytest.LogCaptureFixture) -> None:
    bus, broken, fine = impatient(), Subscriber(1_000), Subscriber()
    bus.subscribe("agents.due", broken)
    bus.subscribe("agents.due", fine)

    bus.publish(due())
    await bus.aclose()

    assert (len(broken.events), len(fine.events)) == (5, 1)
    [record] = caplog.records
    assert record.getMessage() == "message_dead"
    assert vars(record)["oqtopus"] == {"topic": "agents.due", "event_id": "event-1"}


async def test_the_pause_doubles_between_attempts() -> None:
    times = list[float]()
    bus, now = LocalBus(stamping(), first_pause=0.02), asyncio.get_running_loop().time

    async def fail(event: CloudEvent) -> None:
        times.append(now())
        raise Unavailable("not now")

    bus.subscribe("agents.due", fail)
    bus.publish(due())
    await bus.aclose()

    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert [pause >= least for pause, least in zip(pauses, (0.019, 0.039, 0.079, 0.159), strict=True)] == [True] * 4


async def test_of_too_many_deliveries_the_newest_are_dropped_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    bus, subscriber = LocalBus(stamping(), at_most=2), Subscriber()
    bus.subscribe("agents.due", subscriber)

    for _ in range(3):
        bus.publish(due())
    await bus.aclose()

    assert [event.id for event in subscriber.events] == ["event-1", "event-2"]
    assert [vars(record)["oqtopus"] for record in caplog.records] == [{"topic": "agents.due", "event_id": "event-3"}]


async def test_closing_cancels_what_does_not_end_and_says_how_many(caplog: pytest.LogCaptureFixture) -> None:
    bus, cancelled = LocalBus(stamping(), close_seconds=0.01), list[str]()

    async def hang(event: CloudEvent) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(event.id)

    bus.subscribe("agents.due", hang)
    bus.publish(due())
    bus.publish(due())
    await bus.aclose()

    assert sorted(cancelled) == ["event-1", "event-2"]
    assert [vars(record)["oqtopus"] for record in caplog.records] == [{"count": 2}]


def test_event_loops_may_come_one_after_the_other() -> None:
    bus, subscriber = impatient(), Subscriber()
    bus.subscribe("agents.due", subscriber)

    async def publish() -> None:
        bus.publish(due())
        await bus.aclose()

    for _ in range(2):
        asyncio.run(publish())

    assert len(subscriber.events) == 2
