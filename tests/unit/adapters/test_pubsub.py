"""What the Pub/Sub publisher sends, retries, drops and logs; that it arrives is the contract suite's matter."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import grpc  # type: ignore[import-untyped]  # It has no types.
import pytest

from oqtopus.adapters.pubsub import PubSubPublisher
from oqtopus.messages import parsed
from tests.fakes.clock import FakeClock
from tests.fakes.messages import due, stamping
from tests.fakes.pubsub_server import PubSubServer, serving

NOW = FakeClock().now


@pytest.fixture
def server() -> PubSubServer:
    return PubSubServer()


@pytest.fixture
def address(server: PubSubServer) -> Iterator[str]:
    with serving(server) as listening:
        yield listening


def events(caplog: pytest.LogCaptureFixture, name: str) -> list[dict[str, object]]:
    return [vars(record)["oqtopus"] for record in caplog.records if record.getMessage() == name]


async def test_a_message_goes_to_its_topic_with_what_tells_it_apart(server: PubSubServer, address: str) -> None:
    publisher = PubSubPublisher("demo", address, stamping())

    publisher.publish(due())
    await publisher.aclose()

    [(topic, message)] = server.messages
    assert topic == "projects/demo/topics/agents.due"
    assert dict(message.attributes) == {
        "ce-id": "event-1",
        "ce-type": "oqtopus.agents.due",
        "content-type": "application/cloudevents+json",
    }
    assert parsed(message.data, NOW).message == due()


async def test_what_is_published_before_the_client_is_made_keeps_its_order(server: PubSubServer, address: str) -> None:
    publisher = PubSubPublisher("demo", address, stamping())

    for number in range(50):
        publisher.publish(due(f"agent-{number}"))
    await publisher.aclose()

    ids = [message.attributes["ce-id"] for _, message in server.messages]
    assert ids == [f"event-{number}" for number in range(1, 51)]


async def test_a_flush_waits_until_everything_is_acknowledged(server: PubSubServer, address: str) -> None:
    publisher = PubSubPublisher("demo", address, stamping())
    for _ in range(500):
        publisher.publish(due())

    await publisher.flush()

    assert len(server.messages) == 500
    await publisher.aclose()


async def test_a_passing_failure_is_tried_again(server: PubSubServer, address: str) -> None:
    server.failures = [grpc.StatusCode.UNAVAILABLE]
    publisher = PubSubPublisher("demo", address, stamping())

    publisher.publish(due())
    await publisher.aclose()

    assert (server.calls, len(server.messages)) == (2, 1)


async def test_a_refusal_is_logged_by_topic_event_and_error_only(
    server: PubSubServer, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.failures = [grpc.StatusCode.NOT_FOUND]
    publisher = PubSubPublisher("demo", address, stamping())

    publisher.publish(due())
    await publisher.flush()

    assert events(caplog, "message_not_published") == [
        {"topic": "agents.due", "event_id": "event-1", "error": "NotFound"}
    ]
    assert "films" not in caplog.text
    await publisher.aclose()


async def test_a_later_message_is_none_the_worse_for_a_refusal(server: PubSubServer, address: str) -> None:
    server.failures = [grpc.StatusCode.PERMISSION_DENIED]
    publisher = PubSubPublisher("demo", address, stamping())

    publisher.publish(due())
    await publisher.flush()
    publisher.publish(due())
    await publisher.aclose()

    assert len(server.messages) == 1


async def test_what_nobody_has_taken_at_the_end_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        publisher = PubSubPublisher("demo", f"127.0.0.1:{silent.getsockname()[1]}", stamping(), flush_seconds=0.1)
        publisher.publish(due())
        await publisher.aclose()

    assert [event["error"] for event in events(caplog, "message_not_published")] == ["TimeoutError"]


async def test_of_too_many_the_newest_are_dropped_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        emulator = f"127.0.0.1:{silent.getsockname()[1]}"
        publisher = PubSubPublisher("demo", emulator, stamping(), flush_seconds=0.1, at_most=2)
        for _ in range(4):
            publisher.publish(due())

        assert [event["event_id"] for event in events(caplog, "message_dropped")] == ["event-3", "event-4"]
        await publisher.aclose()


async def test_without_credentials_nothing_breaks_but_the_message_is_lost(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    # Where Google's library looks for credentials is its environment, so here it is told of a file that is not there.
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    publisher = PubSubPublisher("demo", "", stamping())

    await publisher.warm()
    publisher.publish(due())
    await publisher.aclose()

    [event] = events(caplog, "message_not_published")
    assert event["error"] == "DefaultCredentialsError"


async def test_the_emulators_address_is_the_constructors_and_not_the_environments(
    server: PubSubServer, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", "127.0.0.1:1")
    publisher = PubSubPublisher("demo", address, stamping())

    publisher.publish(due())
    await publisher.aclose()

    assert len(server.messages) == 1


def test_event_loops_may_come_one_after_the_other(server: PubSubServer, address: str) -> None:
    publisher = PubSubPublisher("demo", address, stamping())

    async def publish() -> None:
        publisher.publish(due())
        await publisher.flush()

    for _ in range(3):
        asyncio.run(publish())
    asyncio.run(publisher.aclose())

    assert len(server.messages) == 3


def test_a_message_that_outlives_its_event_loop_arrives_all_the_same(
    server: PubSubServer, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.failures = [grpc.StatusCode.UNAVAILABLE]
    publisher = PubSubPublisher("demo", address, stamping())

    async def leave_early() -> None:
        publisher.publish(due())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0):
                await publisher.flush()

    asyncio.run(leave_early())
    asyncio.run(publisher.aclose())

    assert len(server.messages) == 1
    assert caplog.records == []
