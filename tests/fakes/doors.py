"""A function that messages are pushed to, behind a relay that adds the token which the emulator does not send."""

import socket
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from infra.push_signer import PushSigner
from oqtopus.adapters.signing_keys import GivenKeys
from oqtopus.errors import Unavailable
from oqtopus.messages import AgentsDue, CloudEvent
from oqtopus.security.push_tokens import PushTokens
from oqtopus.wire.endpoint import endpoint
from oqtopus.wire.push import handled_once, pushed
from oqtopus.wire.requests import Request
from tests.fakes.clock import FakeClock
from tests.fakes.deliveries import FakeDeliveryLog

AUDIENCE, ACCOUNT = "https://oqtopus.example.org/push", "push@demo.iam.gserviceaccount.com"


class Door:
    """Handles due agents; one of a name in `failures` only after so many attempts."""

    def __init__(self, failures: Mapping[str, int]) -> None:
        self.attempts: Counter[str] = Counter()
        self.handled: list[str] = []
        self._failures = failures
        self._clock = FakeClock()
        self._signer = PushSigner(AUDIENCE, ACCOUNT)
        self._tokens = PushTokens(GivenKeys(self._signer.key_set), AUDIENCE, ACCOUNT, self._clock)
        self._deliveries = FakeDeliveryLog()
        self._bodies: list[bytes] = []
        self.url = ""

    def application(self) -> Starlette:
        return Starlette(routes=[Route("/events", self._relay, methods=["POST"])])

    def repeat(self) -> set[int]:
        """Deliver once more all that was handled; the statuses of the replies."""
        with httpx.Client(trust_env=False) as http:
            headers = {"Content-Type": "application/json"}
            return {
                http.post(f"{self.url}/events", content=body, headers=headers).status_code
                for body in tuple(self._bodies)
            }

    async def _relay(self, request: HttpRequest) -> Response:
        authorization = self._signer.authorization(self._clock.now).encode()
        request.scope["headers"] = [*request.scope["headers"], (b"authorization", authorization)]
        body = await request.body()

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": body, "more_body": False}

        response = await endpoint(self._respond)(HttpRequest(request.scope, receive))
        if response.status_code == 204:
            self._bodies.append(body)
        return response

    async def _respond(self, request: Request) -> Response:
        delivery = await pushed(request, self._tokens)
        return await handled_once(delivery, self._deliveries, self._clock, self._handle)

    async def _handle(self, event: CloudEvent) -> None:
        assert isinstance(event.message, AgentsDue)
        [name] = event.message.agent_ids
        self.attempts[name] += 1
        if self.attempts[name] <= self._failures.get(name, 0):
            raise Unavailable("not now")
        self.handled.append(name)


@contextmanager
def serving(door: Door) -> Iterator[str]:
    """The door's base URL, while it is open on a free port of the loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(door.application(), log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        door.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            yield door.url
        finally:
            server.should_exit = server.force_exit = True
            thread.join(timeout=5)
