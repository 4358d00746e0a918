"""What every mailer does; a further adapter is one more entry of `POSTS`."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import boto3  # type: ignore[import-untyped]  # It has no types.
import pytest
from moto import mock_aws
from moto.ses.models import ses_backends

from oqtopus.adapters.outbox import Outbox
from oqtopus.adapters.ses import SesMailer
from oqtopus.adapters.smtp import SmtpMailer
from oqtopus.errors import MailRefused
from oqtopus.ports import Mail, Mailer
from tests.fakes.clock import FakeClock
from tests.fakes.mail_server import PASSWORD, SENDER, Received, mail_serving

MAIL = Mail("event-1", "anna@example.org", "Your agent is back", "Hello Anna,\n\nit answers again.\n")
REGION = "eu-central-1"
OWN_HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding",
    "MIME-Version",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Post:
    """A mailer and what has arrived through it."""

    mailer: Mailer
    received: Callable[[], Sequence[Received]]

    async def arrived(self, mail: Mail) -> EmailMessage:
        """The message that the one recipient of `mail` gets."""
        await self.mailer.send(mail)
        (received,) = self.received()
        assert received.recipient == mail.recipient
        return received.message


@asynccontextmanager
async def _outbox(home: Path) -> AsyncIterator[Post]:
    def received() -> Sequence[Received]:
        return [_parsed(file.read_bytes()) for file in sorted((home / "outbox").glob("*"))]

    yield Post(Outbox(home / "outbox", SENDER, FakeClock()), received)


@asynccontextmanager
async def _smtp(_: Path) -> AsyncIterator[Post]:
    async with mail_serving() as server:
        mailer = SmtpMailer("127.0.0.1", server.port, SENDER, PASSWORD, tls=server.client_tls, clock=FakeClock())
        yield Post(mailer, lambda: server.received)


@asynccontextmanager
async def _ses(_: Path) -> AsyncIterator[Post]:
    with mock_aws():
        boto3.client("sesv2", region_name=REGION).create_email_identity(EmailIdentity=SENDER)
        sent = ses_backends["123456789012"][REGION].sent_messages
        mailer = SesMailer(REGION, None, SENDER, FakeClock())
        yield Post(mailer, lambda: [_parsed(message.raw_data.encode(), message.destinations[0]) for message in sent])
        await mailer.aclose()


POSTS: dict[str, Callable[[Path], AbstractAsyncContextManager[Post]]] = {
    "outbox": _outbox,
    "smtp": _smtp,
    "ses": _ses,
}


@pytest.fixture(params=POSTS)
async def post(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Post]:
    async with POSTS[request.param](tmp_path) as made:
        yield made


async def test_a_mail_arrives_as_it_was_sent(post: Post) -> None:
    message = await post.arrived(MAIL)

    assert message["Subject"] == MAIL.subject
    assert message["To"] == MAIL.recipient
    assert message["From"] == f"oqtopus <{SENDER}>"
    assert message["Date"].datetime == datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "text/plain"
    assert _text(message) == MAIL.text


async def test_the_message_id_is_made_of_the_mails_id(post: Post) -> None:
    message = await post.arrived(MAIL)

    assert message["Message-ID"] == "<event-1@oqtopus.example>"


@pytest.mark.parametrize("mail_id", ["a/b", "../../etc/passwd", "x>\r\nBcc: eve@example.org", "ä", "", "x" * 256])
async def test_an_id_of_any_characters_makes_a_sound_message_id(post: Post, mail_id: str) -> None:
    message = await post.arrived(replace(MAIL, id=mail_id))

    assert message["Message-ID"].startswith("<sha256-")
    assert message.keys() == OWN_HEADERS


@pytest.mark.parametrize(
    "text",
    [
        "Grüße aus Graz, 日本語, 👩‍👩‍👧\n",
        "x" * 5_000 + "\n",
        "ä" * 5_000 + "\n",
        "before\n.\n..\nafter\n",
        ".\n",
        "From here on\nFrom: eve@example.org\n\nTo: all\n",
        "trailing blanks   \n\t\n=3D =\n",
        "no line break at the end",
        "",
    ],
)
async def test_any_text_arrives_as_it_is(post: Post, text: str) -> None:
    message = await post.arrived(replace(MAIL, text=text))

    assert _text(message).removesuffix("\n") == text.removesuffix("\n")
    assert message.keys() == OWN_HEADERS


@pytest.mark.parametrize(
    "subject",
    [
        "Dein Agent „Betten“ ist zurück",
        "日本語の題名" * 40,
        "word " * 400 + "end",
        "x" * 3_000,
        "ä" * 3_000,
        " two  blanks ",
        "=?utf-8?q?not_an_encoded_word?=",
        "=?utf-8?q?=0D=0ABcc:_eve@example.org?=",
        "Bcc: eve@example.org",
        'commas, <brackets@example.org>; "quotes"',
    ],
)
async def test_any_subject_arrives_literally_and_adds_no_header(post: Post, subject: str) -> None:
    message = await post.arrived(replace(MAIL, subject=subject))

    assert message["Subject"] == subject
    assert message.keys() == OWN_HEADERS


@pytest.mark.parametrize("subject", ["", "a\r\nBcc: eve@example.org", "a\nb", "a\rb", "a\x00b", "a\tb", "a\ud800b"])
async def test_a_subject_with_control_characters_is_refused(post: Post, subject: str) -> None:
    with pytest.raises(MailRefused):
        await post.mailer.send(replace(MAIL, subject=subject))

    assert not post.received()


@pytest.mark.parametrize(
    "recipient",
    ["", "anna", "anna@", "@example.org", "anna@example.org, eve@example.org", "anna@example.org eve@example.org",
     "anna@example.org\r\nBcc: eve@example.org", "anna@example.org\n", " anna@example.org", "<anna@example.org>",
     "Anna <anna@example.org>", '"anna b"@example.org', "anna..b@example.org", "anna@b@example.org",
     "anna\x00@b.example", "=?utf-8?q?a=0Ab?=@example.org", "an\ud800na@example.org", "a" * 243 + "@example.org",
     "anna@[127.0.0.1]"],
)  # fmt: skip
async def test_whatever_is_not_one_address_is_refused(post: Post, recipient: str) -> None:
    with pytest.raises(MailRefused) as raised:
        await post.mailer.send(replace(MAIL, recipient=recipient))

    assert not post.received()
    assert "anna" not in str(raised.value)


async def test_text_that_has_no_utf8_is_refused(post: Post) -> None:
    with pytest.raises(MailRefused):
        await post.mailer.send(replace(MAIL, text="half a pair: \ud800"))


async def test_a_long_address_is_not_broken(post: Post) -> None:
    recipient = f"{'l' * 64}@{'.'.join(['label' * 8] * 4)}.example"

    message = await post.arrived(replace(MAIL, recipient=recipient))

    assert message["To"] == recipient


def _parsed(content: bytes, recipient: str = "") -> Received:
    message = message_from_bytes(content, policy=policy.default)
    return Received(recipient or str(message["To"]), message)


def _text(message: EmailMessage) -> str:
    text = message.get_content()
    assert isinstance(text, str)
    return text.replace("\r\n", "\n")
