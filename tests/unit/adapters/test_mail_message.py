"""How mail looks on the wire."""

import pytest

from oqtopus.adapters.mail_message import message_of, plain_id, sender_address
from oqtopus.errors import ConfigurationError
from oqtopus.ports import Mail
from tests.fakes.clock import FakeClock

SENDER = sender_address("post@oqtopus.example")


def wire(recipient: str = "anna@example.org", subject: str = "Hello", text: str = "Hello\n") -> bytes:
    return message_of(Mail("event-1", recipient, subject, text), SENDER, FakeClock()()).as_bytes()


@pytest.mark.parametrize("text", ["x", "ä", "日", "a b ", "ä b "])
def test_lines_are_short_and_ascii_whatever_is_in_them(text: str) -> None:
    content = wire(subject=text * 2_000, text=text * 2_000)

    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 78
    assert content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r")


def test_an_address_outside_ascii_stays_as_it_is() -> None:
    assert "To: ünï@exämple.org\r\n" in wire("ünï@exämple.org").decode()


def test_a_short_plain_subject_is_readable_on_the_wire() -> None:
    assert b"Subject: Your agent is back\r\n" in wire(subject="Your agent is back")


@pytest.mark.parametrize(
    "sender", ["", "oqtopus", "oqtopus <post@example.org>", "pöst@example.org", "post@exämple.org", "a@b\r\nBcc: c@d"]
)
def test_a_sender_that_is_no_address_stops_the_start_and_is_not_shown(sender: str) -> None:
    with pytest.raises(ConfigurationError, match="SENDER_EMAIL") as raised:
        sender_address(sender)

    assert not sender or sender not in str(raised.value)


def test_ids_that_differ_stay_different() -> None:
    ids = ["event-1", "event.1", "event/1", "event 1", "", "x" * 64, "x" * 65, "\ud800"]

    assert len({plain_id(mail_id) for mail_id in ids}) == len(ids)
