"""A Pub/Sub of which only `Publish` is there, with failures by script; speaks to Google's real client."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import grpc  # type: ignore[import-untyped]  # It has no types.
from google.pubsub_v1 import types

SERVICE: Final = "google.pubsub.v1.Publisher"


@dataclass
class PubSubServer:
    """What was published, and the statuses that the next calls fail with."""

    failures: list[grpc.StatusCode] = field(default_factory=list)
    messages: list[tuple[str, Any]] = field(default_factory=list)  # Any: the SDK's message type has no annotations.
    calls: int = 0

    def publish(self, request: Any, context: Any) -> types.PublishResponse:  # Any: gRPC's own, without annotations.
        self.calls += 1
        if self.failures:
            context.abort(self.failures.pop(0), "by script")
        self.messages += [(request.topic, message) for message in request.messages]
        return types.PublishResponse(message_ids=[str(number) for number in range(len(request.messages))])


@contextmanager
def serving(server: PubSubServer) -> Iterator[str]:
    """The `host:port` where the server listens inside the block."""
    with ThreadPoolExecutor(max_workers=2) as threads:
        running = grpc.server(threads)
        running.add_generic_rpc_handlers((_handlers(server.publish),))
        port = running.add_insecure_port("127.0.0.1:0")
        running.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            running.stop(grace=None).wait()


def _handlers(publish: Callable[..., object]) -> object:
    method = grpc.unary_unary_rpc_method_handler(
        publish,
        request_deserializer=types.PublishRequest.deserialize,
        response_serializer=types.PublishResponse.serialize,
    )
    return grpc.method_handlers_generic_handler(SERVICE, {"Publish": method})
