"""Mails that reach people: a mail server beside the tests, and what it has taken."""

import asyncio
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fakes.mail_server import PASSWORD, SENDER, MailServer, mail_serving

_LINK = re.compile(r"http://\S+/(?:verify|reset)#oqm_\w+")
_SECONDS = 10.0


class Post:
    """`environ` has a system send its mails here; `bundle` is the certificate that it must trust for that."""

    def __init__(self, server: MailServer, bundle: Path) -> None:
        self._server = server
        self.environ = {
            "SENDER_EMAIL": SENDER,
            "SENDER_APP_PASSWORD": PASSWORD,
            "SMTP_SERVER": "127.0.0.1",
            "SMTP_PORT": str(server.port),
            "SSL_CERT_FILE": str(bundle),
        }

    def link_to(self, address: str) -> str:
        """The link in the latest mail to the address, which may still be on its way."""
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            for received in reversed(self._server.received):
                found = _LINK.search(received.message.get_content())
                if received.recipient == address and found:
                    return found.group()
            time.sleep(0.05)  # The server tells nobody when a mail comes.
        raise AssertionError(f"no mail with a link came to {address}")


@contextmanager
def post(folder: Path) -> Iterator[Post]:
    """A mail server in a thread of its own."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    stopping = asyncio.Event()
    servers: list[MailServer] = []
    bundle = folder / "trusted.pem"

    async def serve() -> None:
        async with mail_serving(bundle=bundle) as server:
            servers.append(server)
            ready.set()
            await stopping.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        assert ready.wait(_SECONDS)
        yield Post(servers[0], bundle)
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join()
        loop.close()
