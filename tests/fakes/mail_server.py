"""A real mail server on loopback: STARTTLS, a password, a script of refusals, and what it has taken."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

SENDER = "post@oqtopus.example"
PASSWORD = "an app password"

Tls = Literal["starttls", "implicit", "none"]


@dataclass(frozen=True, slots=True)
class Received:
    """A mail as it arrived, and to whom it was handed over."""

    recipient: str
    message: EmailMessage


@dataclass
class MailServer:
    """`refusals` maps a command (`MAIL`, `RCPT`, `DATA`, `QUIT`) to the reply that it gets instead of a good one."""

    port: int = 0
    client_tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    refusals: Mapping[str, str] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)

    def authenticate(self, *arguments: Any) -> AuthResult:  # Any: aiosmtpd leaves its hooks untyped.
        credentials = arguments[-1]
        assert isinstance(credentials, LoginPassword)
        login, password = credentials.login.decode(), credentials.password.decode()
        self.logins.append((login, password))
        is_right = (login, password) == (SENDER, PASSWORD)
        return AuthResult(success=is_right, handled=is_right)  # What is not handled gets the server's own 535.

    async def handle_MAIL(  # The name is aiosmtpd's.
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.refusals.get("MAIL", "250 OK")

    async def handle_RCPT(  # The name is aiosmtpd's.
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.refusals.get("RCPT", "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # The name is aiosmtpd's.
        if "DATA" in self.refusals:
            return self.refusals["DATA"]
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.received += [Received(recipient, message) for recipient in envelope.rcpt_tos]
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # The name is aiosmtpd's.
        return self.refusals.get("QUIT", "221 Bye")


@asynccontextmanager
async def mail_serving(
    tls: Tls = "starttls",
    *,
    takes_utf8: bool = True,
    refusals: Mapping[str, str] | None = None,
    bundle: Path | None = None,
) -> AsyncIterator[MailServer]:
    """A mail server in the running loop, and the client's context that trusts its certificate, or a file for one."""
    authority = trustme.CA()
    server_tls, fake = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), MailServer(refusals=refusals or {})
    authority.issue_cert("127.0.0.1").configure_cert(server_tls)
    authority.configure_trust(fake.client_tls)
    if bundle is not None:
        authority.cert_pem.write_to_path(str(bundle))
    starttls = server_tls if tls == "starttls" else None

    def connection() -> SMTP:
        return SMTP(
            fake,
            enable_SMTPUTF8=takes_utf8,
            hostname="mail.example",
            tls_context=starttls,
            require_starttls=tls == "starttls",
            # The server knows of no TLS but its own STARTTLS, and warns of passwords that it takes without.
            auth_required=tls == "starttls",
            auth_require_tls=tls == "starttls",
            authenticator=fake.authenticate,
        )

    implicit = server_tls if tls == "implicit" else None
    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0, ssl=implicit)
    async with server:
        fake.port = server.sockets[0].getsockname()[1]
        yield fake
