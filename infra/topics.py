"""The manifest's topics and subscriptions on the Pub/Sub emulator, as Terraform makes them on the real one."""

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import grpc  # type: ignore[import-untyped]  # It has no types.
from google.api_core.exceptions import AlreadyExists
from google.pubsub_v1 import PublisherClient, SubscriberClient, types
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from infra.manifest import Manifest
from infra.pushes import subscription_name
from oqtopus.config import GoogleSettings

_NO_PROXY: Final = [("grpc.enable_http_proxy", 0)]


async def make_topics(google: GoogleSettings, manifest: Manifest, push_url: str) -> None:
    """Every topic, the push subscriptions of every function, and a topic with a subscription for its dead letters."""
    await asyncio.to_thread(_make, google, manifest, push_url)


def dead_letters(function: str) -> str:
    """The topic, and the subscription, that keep what the function has refused to the end."""
    return f"dead.{function}"


def _make(google: GoogleSettings, manifest: Manifest, push_url: str) -> None:
    with grpc.insecure_channel(google.pubsub_emulator, _NO_PROXY) as channel:
        publisher = PublisherClient(transport=PublisherGrpcTransport(channel=channel))
        for topic in [*manifest.topics, *(dead_letters(function.name) for function in manifest.functions)]:
            _add_topic(publisher, f"projects/{google.project}/topics/{topic}")
        subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
        for subscription in _subscriptions(f"projects/{google.project}", manifest, push_url):
            _add_subscription(subscriber, subscription)


def _subscriptions(project: str, manifest: Manifest, push_url: str) -> Iterator[types.Subscription]:
    delivery = manifest.delivery
    for function in manifest.functions:
        letters = dead_letters(function.name)
        if function.topics:
            yield types.Subscription(name=f"{project}/subscriptions/{letters}", topic=f"{project}/topics/{letters}")
        for topic in function.topics:
            yield types.Subscription(
                name=f"{project}/subscriptions/{subscription_name(function.name, topic)}",
                topic=f"{project}/topics/{topic}",
                push_config=types.PushConfig(push_endpoint=f"{push_url}/{function.name}"),
                # While the function may still be at work, nobody else should be.
                ack_deadline_seconds=min(600, function.timeout_seconds + 10),
                # The emulator comes back every three seconds, whatever this says; the real service obeys it.
                retry_policy=types.RetryPolicy(
                    minimum_backoff=timedelta(seconds=delivery.shortest_backoff_seconds),
                    maximum_backoff=timedelta(seconds=delivery.longest_backoff_seconds),
                ),
                dead_letter_policy=types.DeadLetterPolicy(
                    dead_letter_topic=f"{project}/topics/{letters}", max_delivery_attempts=delivery.attempts
                ),
            )


def _add_topic(publisher: PublisherClient, name: str) -> None:
    with contextlib.suppress(AlreadyExists):
        publisher.create_topic(name=name, timeout=10)


def _add_subscription(subscriber: SubscriberClient, subscription: types.Subscription) -> None:
    """Replaces one of an earlier run, whose push went to another port."""
    try:
        subscriber.create_subscription(subscription, timeout=10)
    except AlreadyExists:
        subscriber.delete_subscription(subscription=subscription.name, timeout=10)
        subscriber.create_subscription(subscription, timeout=10)
