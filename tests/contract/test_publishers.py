"""What every publisher keeps to, and what Pub/Sub does with what we push; a new adapter is one more bus."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from oqtopus.adapters.pubsub import PubSubPublisher
from oqtopus.messages import Message, parsed
from tests.fakes.buses import BROKEN, Bus, PubSubAdmin, embedded_bus, emulated_bus
from tests.fakes.clock import FakeClock
from tests.fakes.doors import Door, serving
from tests.fakes.emulators import new_project
from tests.fakes.messages import ONE_OF_EACH, due, stamping

NOW = FakeClock().now


@pytest_asyncio.fixture(params=["embedded", "emulated"])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    if request.param == "embedded":
        async with embedded_bus() as opened:
            yield opened
    else:
        emulator = request.getfixturevalue("emulators")["PUBSUB_EMULATOR_HOST"]
        async with emulated_bus(emulator, new_project()) as opened:
            yield opened


async def test_a_message_arrives_as_a_cloud_event(bus: Bus) -> None:
    bus.publisher.publish(due())

    [document] = await bus.arrived(1)
    assert json.loads(document) == {
        "specversion": "1.0",
        "id": "event-1",
        "source": "/functions/search",
        "type": "oqtopus.agents.due",
        "time": "2026-03-14T15:09:26.000250Z",
        "datacontenttype": "application/json",
        "data": {"agent_ids": ["films"]},
    }


@pytest.mark.parametrize("message", ONE_OF_EACH, ids=lambda message: message.topic)
async def test_messages_of_each_kind_arrive_as_they_were(bus: Bus, message: Message) -> None:
    bus.publisher.publish(message)

    [document] = await bus.arrived(1)
    assert parsed(document, NOW).message == message


async def test_a_burst_arrives_whole_and_each_message_once(bus: Bus) -> None:
    for number in range(500):
        bus.publisher.publish(due(f"agent-{number}"))
    await bus.publisher.flush()

    events = [parsed(document, NOW) for document in await bus.arrived(500)]
    assert sorted(event.id for event in events) == sorted(f"event-{number}" for number in range(1, 501))


async def test_a_closed_publisher_opens_anew_for_a_later_message(bus: Bus) -> None:
    bus.publisher.publish(due("first"))
    await bus.publisher.aclose()
    bus.publisher.publish(due("second"))
    await bus.publisher.aclose()

    assert len(await bus.arrived(2)) == 2


async def test_an_idle_publisher_flushes_and_closes_at_once(bus: Bus) -> None:
    await bus.publisher.flush()
    await bus.publisher.aclose()
    await bus.publisher.aclose()


@pytest.mark.parametrize("broken", BROKEN)
async def test_publishing_waits_for_nobody_and_flushing_not_for_long(broken: str) -> None:
    async with BROKEN[broken]() as publisher:
        started = time.perf_counter()
        for number in range(100):
            publisher.publish(due(f"agent-{number}"))
        published = time.perf_counter() - started
        await publisher.flush()
        flushed = time.perf_counter() - started

    # Waiting for the bus would take seconds for each message.
    assert published < 3
    assert flushed < 6


@pytest.mark.parametrize("broken", BROKEN)
async def test_the_loop_runs_on_while_a_broken_bus_is_published_to(broken: str) -> None:
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            longest = max(longest, time.perf_counter() - before)

    watching = asyncio.create_task(watch())
    async with BROKEN[broken]() as publisher:
        publisher.publish(due())
        await publisher.flush()
    watching.cancel()

    assert longest < 2


async def test_pushed_messages_are_handled_once_tried_again_and_in_the_end_put_aside(emulators: dict[str, str]) -> None:
    emulator = emulators["PUBSUB_EMULATOR_HOST"]
    door = Door({"flaky": 1, "broken": 1_000})
    publisher = PubSubPublisher(project := new_project(), emulator, stamping())
    with serving(door) as url:
        async with PubSubAdmin(emulator, project) as admin:
            await add_push(admin, url)
            for name in ("fine", "flaky", "broken"):
                publisher.publish(due(name))
            await publisher.aclose()
            [dead] = await admin.awaited("dead", 1)
        repeated = door.repeat()

    assert door.attempts == {"fine": 1, "flaky": 2, "broken": 5}
    assert sorted(door.handled) == ["fine", "flaky"]
    assert parsed(base64.b64decode(dead["data"]), NOW).message == due("broken")
    assert repeated == {204}


async def add_push(admin: PubSubAdmin, url: str) -> None:
    """Push the topic of due agents to `url`, and what it refuses five times to a pull subscription `dead`."""
    await admin.add_topic("agents.due")
    await admin.add_topic("dead")
    await admin.subscribe("dead", "dead")
    dead_letters = {"deadLetterTopic": admin.topic_path("dead"), "maxDeliveryAttempts": 5}
    push = {"pushEndpoint": f"{url}/events"}
    await admin.subscribe("agents.due", "probe.agents.due", pushConfig=push, deadLetterPolicy=dead_letters)
