"""What an SMTP server may answer, and what must never be said to one."""

import asyncio
import ssl
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from oqtopus.adapters.smtp import SmtpMailer
from oqtopus.errors import ConfigurationError, MailRefused, Unavailable
from oqtopus.observability import JsonLines
from oqtopus.ports import Mail
from tests.fakes.mail_server import PASSWORD, SENDER, MailServer, Tls, mail_serving
from tests.fakes.system import free_ports

WRONG_PASSWORD = "a wrong password"
MAIL = Mail("event-1", "anna@example.org", "Hello", "Hello\n")


def mailer_for(server: MailServer, password: str = PASSWORD, *, implicit_tls_port: int = 465) -> SmtpMailer:
    return SmtpMailer(
        "127.0.0.1",
        server.port,
        SENDER,
        password,
        tls=server.client_tls,
        timeout_seconds=5,
        implicit_tls_port=implicit_tls_port,
    )


async def test_the_password_is_said_over_starttls() -> None:
    async with mail_serving() as server:
        await mailer_for(server).send(MAIL)

    assert server.logins == [(SENDER, PASSWORD)]
    assert [received.recipient for received in server.received] == [MAIL.recipient]


async def test_at_the_port_of_implicit_tls_tls_comes_first() -> None:
    async with mail_serving("implicit") as server:
        await mailer_for(server, implicit_tls_port=server.port).send(MAIL)

    assert len(server.received) == 1


async def test_a_server_without_starttls_is_not_told_the_password() -> None:
    async with mail_serving("none") as server:
        with pytest.raises(Unavailable):
            await mailer_for(server).send(MAIL)

    assert not server.logins


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_a_server_whose_certificate_nobody_vouches_for_is_not_told_the_password(tls: Tls) -> None:
    async with mail_serving(tls) as server:
        server.client_tls = ssl.create_default_context()
        port = server.port if tls == "implicit" else 465
        with pytest.raises(Unavailable):
            await mailer_for(server, implicit_tls_port=port).send(MAIL)

    assert not server.logins


async def test_a_certificate_of_another_name_is_not_believed() -> None:
    async with mail_serving() as server:
        mailer = SmtpMailer("localhost", server.port, SENDER, PASSWORD, tls=server.client_tls, timeout_seconds=5)
        with pytest.raises(Unavailable):
            await mailer.send(MAIL)

    assert not server.logins


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
@pytest.mark.parametrize(
    ("reply", "failure"),
    [("450 4.2.0 anna@example.org is busy", Unavailable), ("550 5.1.1 anna@example.org: no such user", MailRefused)],
)
async def test_the_servers_code_says_whether_it_is_for_good(command: str, reply: str, failure: type[Exception]) -> None:
    async with mail_serving(refusals={command: reply}) as server:
        with pytest.raises(failure, match=reply[:3]) as raised:
            await mailer_for(server).send(MAIL)

    assert not server.received
    assert "anna" not in "".join(traceback.format_exception(raised.value))


async def test_a_refused_sender_is_a_setting_to_mend_and_costs_no_mail(caplog: pytest.LogCaptureFixture) -> None:
    async with mail_serving(refusals={"MAIL": f"553 5.7.1 {SENDER} is not yours"}) as server:
        with pytest.raises(Unavailable):
            await mailer_for(server).send(MAIL)

    assert "SENDER_EMAIL" in lines_of(caplog)
    assert SENDER not in lines_of(caplog)


async def test_a_refused_password_is_a_setting_to_mend_and_costs_no_mail(caplog: pytest.LogCaptureFixture) -> None:
    async with mail_serving() as server:
        with pytest.raises(Unavailable) as raised:
            await mailer_for(server, WRONG_PASSWORD).send(MAIL)

    shown = lines_of(caplog) + "".join(traceback.format_exception(raised.value))
    assert "SENDER_APP_PASSWORD" in shown
    assert WRONG_PASSWORD not in shown
    assert SENDER not in shown


async def test_a_mail_that_was_taken_is_sent_however_the_server_says_good_bye() -> None:
    async with mail_serving(refusals={"QUIT": "421 4.7.0 too late"}) as server:
        await mailer_for(server).send(MAIL)

    assert len(server.received) == 1


async def test_an_address_outside_ascii_goes_to_servers_that_can_take_it() -> None:
    async with mail_serving() as server:
        await mailer_for(server).send(replace(MAIL, recipient="ännä@exämple.org"))

    (received,) = server.received
    assert (received.recipient, received.message["To"]) == ("ännä@exämple.org", "ännä@exämple.org")


async def test_an_address_outside_ascii_is_refused_where_the_server_cannot_take_it() -> None:
    async with mail_serving(takes_utf8=False) as server:
        with pytest.raises(MailRefused):
            await mailer_for(server).send(replace(MAIL, recipient="ännä@example.org"))

    assert not server.received


async def test_a_server_that_is_down_is_unavailable() -> None:
    mailer = SmtpMailer("127.0.0.1", free_ports(1)[0], SENDER, PASSWORD)

    with pytest.raises(Unavailable):
        await mailer.send(MAIL)


@asynccontextmanager
async def _saying(words: bytes) -> AsyncIterator[int]:
    """The port of a server that says these words and then listens."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(words)
        await reader.read()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize("words", [b"", b"220 hello\r\n", b"554 go away\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
async def test_a_server_that_is_silent_or_none_is_unavailable(words: bytes) -> None:
    async with _saying(words) as port:
        mailer = SmtpMailer("127.0.0.1", port, SENDER, PASSWORD, timeout_seconds=0.2)
        with pytest.raises(Unavailable):
            await mailer.send(MAIL)


def test_a_password_that_no_server_can_get_stops_the_start_and_is_not_shown() -> None:
    with pytest.raises(ConfigurationError, match="SENDER_APP_PASSWORD") as raised:
        SmtpMailer("127.0.0.1", 587, SENDER, "abcd\u00a0efgh")

    assert "abcd" not in str(raised.value)


def lines_of(caplog: pytest.LogCaptureFixture) -> str:
    """What the log shows to whoever reads it, tracebacks included; the fake server's own words are left out."""
    return "\n".join(JsonLines().format(record) for record in caplog.records if record.name.startswith("oqtopus"))
