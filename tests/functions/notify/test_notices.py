"""Owners are told by mail what has become of their agents."""

import json
import logging
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from infra.push_signer import PushSigner
from oqtopus.bootstrap import Services
from oqtopus.domain.accounts import Account, AccountId
from oqtopus.domain.agents import AgentId, Health
from oqtopus.errors import MailRefused, Unavailable
from oqtopus.messages import AgentRestored, AgentSuspended, Message, ProbesDue
from oqtopus.observability import JsonLines
from tests.fakes.agents import NOON, agent
from tests.fakes.bus_account import ACCOUNT, AUDIENCE, Bus
from tests.fakes.deliveries import body_of, push_of
from tests.fakes.mailers import ScriptedMailer
from tests.fakes.messages import stamping

OWNER, FILMS = AccountId("owner"), AgentId("agent-films")
ADDRESS = "anna@example.org"
SUSPENDED = AgentSuspended(agent_id=FILMS, owner_id=OWNER)
RESTORED = AgentRestored(agent_id=FILMS, owner_id=OWNER)


@pytest.fixture(autouse=True)
async def _owner_with_agent(services: Services) -> None:
    await services.accounts.add(Account(OWNER, ADDRESS, "Anna", "no hash", NOON))
    await services.agents.add(agent("films", health=Health(20, 20, 20, "timeout")))


async def test_the_owner_of_a_suspended_agent_learns_why_and_what_to_do(
    bus: Bus, mailer: ScriptedMailer, services: Services
) -> None:
    reply = await bus.push(SUSPENDED, "1")

    (mail,) = mailer.sent
    assert reply.status_code == 204
    assert (mail.recipient, mail.id) == (ADDRESS, "event-1")
    assert "films" in mail.subject
    for words in ("Hello Anna", "films", "did not answer in time (timeout)", f"POST /v1/agents/{FILMS}/verify"):
        assert words in mail.text
    assert f" {services.settings.public_url}/agents/{FILMS}\n" in mail.text


async def test_the_owner_of_a_restored_agent_learns_that_it_is_back(bus: Bus, mailer: ScriptedMailer) -> None:
    reply = await bus.push(RESTORED)

    (mail,) = mailer.sent
    assert reply.status_code == 204
    assert mail.recipient == ADDRESS
    assert mail.subject == "Your agent “films” gets searches again"


async def test_a_message_that_is_delivered_again_sends_one_mail(bus: Bus, mailer: ScriptedMailer) -> None:
    replies = [await bus.push(SUSPENDED, "7") for _ in range(3)]

    assert [reply.status_code for reply in replies] == [204] * 3
    assert len(mailer.sent) == 1


@pytest.mark.parametrize(
    "message",
    [
        AgentSuspended(agent_id=AgentId("gone"), owner_id=OWNER),
        AgentRestored(agent_id=FILMS, owner_id=AccountId("gone")),
        ProbesDue(),
    ],
)
async def test_where_there_is_nobody_to_tell_no_mail_is_sent(
    bus: Bus, mailer: ScriptedMailer, message: Message
) -> None:
    assert (await bus.push(message)).status_code == 204
    assert not mailer.sent


async def test_a_mail_that_is_refused_is_not_sent_again(
    bus: Bus, mailer: ScriptedMailer, caplog: pytest.LogCaptureFixture
) -> None:
    mailer.failure = MailRefused("The mail server refused the recipient (550).")

    with caplog.at_level(logging.INFO, "oqtopus"):
        first = await bus.push(SUSPENDED, "1")
    mailer.failure = None
    second = await bus.push(SUSPENDED, "1")

    assert (first.status_code, second.status_code) == (204, 204)
    assert "mail_refused" in caplog.messages
    assert not mailer.sent


async def test_a_mail_that_cannot_be_sent_now_is_sent_at_the_next_delivery(bus: Bus, mailer: ScriptedMailer) -> None:
    mailer.failure = Unavailable("The mail server does not answer.")
    first = await bus.push(SUSPENDED, "1")
    mailer.failure = None

    second = await bus.push(SUSPENDED, "1")

    assert (first.status_code, second.status_code) == (503, 204)
    assert len(mailer.sent) == 1


@pytest.mark.parametrize("failure", [None, MailRefused("refused"), Unavailable("not now")])
async def test_no_line_of_the_log_shows_the_address(
    bus: Bus, mailer: ScriptedMailer, caplog: pytest.LogCaptureFixture, failure: MailRefused | Unavailable | None
) -> None:
    mailer.failure = failure

    with caplog.at_level(logging.DEBUG, "oqtopus"):
        await bus.push(SUSPENDED)

    lines = [JsonLines().format(record) for record in caplog.records if record.name.startswith("oqtopus")]
    assert lines
    assert not [line for line in lines if ADDRESS in line]


@pytest.mark.parametrize(
    "name", ["films\r\nBcc: eve@example.org", "films\n\tand more", "=?utf-8?q?=0D=0ABcc:_e@f.gh?="]
)
async def test_a_name_adds_nothing_to_the_head_of_a_mail(bus: Bus, services: Services, name: str) -> None:
    await services.agents.add(replace(agent("other"), name=name))

    reply = await bus.push(AgentSuspended(agent_id=AgentId("agent-other"), owner_id=OWNER))

    mail = only_mail_in(services)
    assert reply.status_code == 204
    assert mail["Bcc"] is None
    assert mail["Subject"] == f"Your agent “{' '.join(name.split())}” gets no searches for now"


async def test_the_embedded_mode_keeps_the_mail_in_its_outbox(bus: Bus, services: Services) -> None:
    await bus.push(RESTORED)

    mail = only_mail_in(services)
    assert (mail["To"], mail["Subject"]) == (ADDRESS, "Your agent “films” gets searches again")
    assert "nothing that you need to do" in str(mail.get_content())


@pytest.mark.parametrize("authorization", ["", "Bearer a.b.c", "Basic YTpi"])
async def test_nothing_is_sent_without_a_token(bus: Bus, mailer: ScriptedMailer, authorization: str) -> None:
    reply = await bus.post(body_of(push_of(stamping()(SUSPENDED))), authorization)

    assert reply.status_code == 401
    assert not mailer.sent


async def test_nothing_is_sent_for_a_stranger(bus: Bus, mailer: ScriptedMailer) -> None:
    stranger = PushSigner(AUDIENCE, ACCOUNT)

    reply = await bus.post(body_of(push_of(stamping()(SUSPENDED))), stranger.authorization(bus.clock()))

    assert reply.status_code == 401
    assert not mailer.sent


@pytest.mark.parametrize("body", [b"", b"{", b"[]", json.dumps({"message": {"data": "e30="}}).encode()])
async def test_what_is_no_message_is_400(bus: Bus, body: bytes) -> None:
    assert (await bus.post(body)).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/events", 405), ("POST", "/", 404), ("GET", "/v1/contact", 405), ("GET", "/healthz", 200)],
)
async def test_there_are_two_addresses(bus: Bus, method: str, path: str, status: int) -> None:
    assert (await bus.http.request(method, path)).status_code == status


def only_mail_in(services: Services) -> EmailMessage:
    (file,) = (services.settings.home / "outbox").iterdir()
    return message_from_bytes(file.read_bytes(), policy=policy.default)
