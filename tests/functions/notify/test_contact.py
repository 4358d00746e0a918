"""The contact form: kept at once, mailed to the operators later."""

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from infra.push_signer import PushSigner
from oqtopus.bootstrap import Services
from oqtopus.config import Settings
from oqtopus.messages import ContactReceived
from oqtopus.observability import JsonLines
from tests.conftest import ClientOf
from tests.fakes.bus_account import Bus
from tests.fakes.clock import FakeClock
from tests.fakes.mailers import ScriptedMailer
from tests.fakes.post import Post

FORM = {"name": "Ada", "email": "ada@example.org", "message": "May I register\nfifty agents?"}
OPERATORS = "operators@example.org"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, mail=replace(settings.mail, recipient=OPERATORS))


@pytest.fixture
def post(services: Services, bus: Bus, mailer: ScriptedMailer) -> Post:
    services.bus = post = Post(bus, mailer)
    return post


@pytest.fixture
async def visitor(
    services: Services, clock: FakeClock, signer: PushSigner, client_of: ClientOf
) -> AsyncIterator[httpx.AsyncClient]:
    services.clock = clock
    async with client_of("notify") as http:
        yield http


async def test_a_letter_is_kept_and_mailed_to_the_operators(
    visitor: httpx.AsyncClient, post: Post, services: Services, clock: FakeClock
) -> None:
    response = await visitor.post("/v1/contact", json=FORM)

    assert (response.status_code, response.json()) == (202, {"status": "accepted"})
    (message,) = post.published
    assert isinstance(message, ContactReceived)
    assert post.handed_over == 1
    letter = await services.contacts.letter(message.letter_id, clock())
    assert letter and (letter.name, letter.email, letter.text) == tuple(FORM.values())
    (mail,) = await post.mails()
    assert (mail.recipient, mail.subject) == (OPERATORS, "A letter from Ada")
    for words in ("Ada <ada@example.org>", FORM["message"]):
        assert words in mail.text


async def test_without_operators_a_letter_is_kept_and_that_is_logged(
    visitor: httpx.AsyncClient, post: Post, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    services.settings = replace(services.settings, mail=replace(services.settings.mail, recipient=""))

    assert (await visitor.post("/v1/contact", json=FORM)).status_code == 202

    assert await post.mails() == []
    assert "operators_without_address" in caplog.messages


async def test_a_letter_that_is_gone_is_no_failure(bus: Bus, mailer: ScriptedMailer) -> None:
    assert (await bus.push(ContactReceived(letter_id="gone"))).status_code == 204
    assert not mailer.sent


async def test_a_network_writes_five_letters_an_hour_whatever_its_headers_say(
    visitor: httpx.AsyncClient, post: Post, services: Services, clock: FakeClock
) -> None:
    clock.now = clock.now.replace(minute=0)
    replies = [
        await visitor.post("/v1/contact", json=FORM, headers={"X-Forwarded-For": f"198.51.100.{number}"})
        for number in range(6)
    ]

    assert [reply.status_code for reply in replies] == [202] * 5 + [429]
    assert 0 < int(replies[-1].headers["Retry-After"]) <= 3_600
    assert len(post.published) == 5
    (entry,) = await services.audit.recent(10, clock())
    assert (entry.event, entry.detail) == ("contact_limited", "contact-network")


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("name", ""), ("name", "Ada\r\nBcc: eve@example.org"), ("name", "a\u202eb"), ("name", "x" * 201),
        ("email", "ada"), ("email", "ada@example.org\nBcc: eve@example.org"), ("email", "Ada <ada@example.org>"),
        ("message", ""), ("message", " \u200b"), ("message", "x" * 4_001), ("message", "nul\0"), ("message", "\ud800"),
        ("recipient", "eve@example.org"),
    ],
)  # fmt: skip
async def test_what_is_no_letter_is_refused_by_its_pointer(
    visitor: httpx.AsyncClient, post: Post, member: str, value: object
) -> None:
    body = json.dumps(FORM | {member: value})

    response = await visitor.post("/v1/contact", content=body, headers={"Content-Type": "application/json"})

    assert response.status_code == 422
    assert [fault["pointer"] for fault in response.json()["errors"]] == [f"/{member}"]
    assert not post.published


async def test_the_longest_message_is_taken_whole(visitor: httpx.AsyncClient, post: Post) -> None:
    assert (await visitor.post("/v1/contact", json=FORM | {"message": "é" * 4_000})).status_code == 202

    (mail,) = await post.mails()
    assert "é" * 4_000 in mail.text


async def test_no_event_and_no_line_of_the_log_shows_what_somebody_wrote(
    visitor: httpx.AsyncClient, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "oqtopus")

    await visitor.post("/v1/contact", json=FORM)
    await post.mails()

    lines = [JsonLines().format(record) for record in caplog.records if record.name.startswith("oqtopus")]
    lines += [message.model_dump_json() for message in post.published]
    assert len(lines) >= 3
    assert not [line for line in lines if "ada@" in line or "fifty" in line or OPERATORS in line]
