"""Stands between the Pub/Sub emulator and the functions: the emulator sends no token, and the functions ask for one."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from infra.gateway import Application, Message, Receive, Scope, Send
from infra.push_signer import PushSigner
from infra.pushes import PATH


class PushRelay:
    """An ASGI application: what is posted to `/<function>` reaches that function's door, signed."""

    def __init__(self, applications: Mapping[str, Application], signer: PushSigner) -> None:
        self._applications = applications
        self._signer = signer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        application = self._applications.get(scope["path"].strip("/"))
        if application is None:
            await _refuse(send)
            return
        authorization = self._signer.authorization(datetime.now(UTC)).encode()
        kept = [header for header in scope["headers"] if header[0] != b"authorization"]
        signed: dict[str, Any] = {  # Any: the ASGI specification's own types.
            **scope,
            "path": PATH,
            "raw_path": PATH.encode(),
            "headers": [*kept, (b"authorization", authorization)],
        }
        await application(signed, await _whole(receive), send)


async def _whole(receive: Receive) -> Receive:
    """The request with its body in one piece, as the gateway hands requests on."""
    body, is_more = b"", True
    while is_more:
        message = await receive()
        body += message.get("body", b"")
        is_more = message.get("more_body", False)
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    return replay


async def _refuse(send: Send) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})
