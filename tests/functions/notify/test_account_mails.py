"""Mails to the address of an account: their links, and what they do not tell (A5, A8)."""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest

from oqtopus.bootstrap import Services
from oqtopus.config import Settings
from oqtopus.domain.accounts import Account, AccountId, MailPurpose
from oqtopus.errors import MailRefused, Unavailable
from oqtopus.messages import AccountMail, ModelsNearCeiling
from oqtopus.observability import JsonLines
from oqtopus.security.credentials import digest
from tests.fakes.agents import NOON
from tests.fakes.bus_account import Bus
from tests.fakes.clock import FakeClock
from tests.fakes.mailers import ScriptedMailer
from tests.fakes.post import secret_in

ADA, ADDRESS, ORIGIN = AccountId("ada"), "ada@example.org", "https://oqtopus.example.org"
NAME = "Free money at evil.example"

LinkKind = Literal["verification", "reset"]
Kind = Literal["verification", "taken", "reset", "changed"]
PURPOSES: dict[LinkKind, MailPurpose] = {"verification": MailPurpose.VERIFICATION, "reset": MailPurpose.RESET}
PATHS: dict[LinkKind, str] = {"verification": "email-verifications", "reset": "password-resets"}
PAGES: dict[LinkKind, str] = {"verification": "verify", "reset": "reset"}
LIFETIMES: dict[LinkKind, timedelta] = {"verification": timedelta(hours=24), "reset": timedelta(minutes=30)}
LINKS: tuple[LinkKind, ...] = ("verification", "reset")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    mail = replace(settings.mail, recipient="operators@example.org")
    return replace(settings, public_url=ORIGIN, mail=mail)


@pytest.fixture(autouse=True)
async def _account(services: Services) -> None:
    await services.accounts.add(Account(ADA, ADDRESS, NAME, "no hash", NOON))


def mail(kind: Kind, account_id: AccountId = ADA) -> AccountMail:
    return AccountMail(kind=kind, account_id=account_id)


@pytest.mark.parametrize("kind", LINKS)
async def test_a_link_holds_a_secret_of_its_purpose_in_the_fragment(
    bus: Bus, mailer: ScriptedMailer, services: Services, clock: FakeClock, kind: LinkKind
) -> None:
    assert (await bus.push(mail(kind))).status_code == 204

    (sent,) = mailer.sent
    secret = secret_in(sent)
    assert sent.recipient == ADDRESS
    assert f" {ORIGIN}/{PAGES[kind]}#{secret}\n" in sent.text
    assert f" {ORIGIN}/v1/{PATHS[kind]}/{secret}\n" in sent.text
    assert await services.mail_tokens.take(digest(secret), PURPOSES[kind], clock()) == ADA


@pytest.mark.parametrize("kind", LINKS)
async def test_a_link_expires(
    bus: Bus, mailer: ScriptedMailer, services: Services, clock: FakeClock, kind: LinkKind
) -> None:
    await bus.push(mail(kind))

    clock.advance(LIFETIMES[kind])

    assert await services.mail_tokens.take(digest(secret_in(mailer.sent[0])), PURPOSES[kind], clock()) is None


@pytest.mark.parametrize("kind", LINKS)
async def test_a_newer_link_kills_older_ones(
    bus: Bus, mailer: ScriptedMailer, services: Services, clock: FakeClock, kind: LinkKind
) -> None:
    await bus.push(mail(kind))
    await bus.push(mail(kind))

    old, new = map(secret_in, mailer.sent)

    assert await services.mail_tokens.take(digest(old), PURPOSES[kind], clock()) is None
    assert await services.mail_tokens.take(digest(new), PURPOSES[kind], clock()) == ADA


@pytest.mark.parametrize("kind", ["taken", "changed"])
async def test_a_mere_notice_holds_no_secret(bus: Bus, mailer: ScriptedMailer, kind: Kind) -> None:
    await bus.push(mail(kind))

    (sent,) = mailer.sent
    assert "oqm_" not in sent.text
    assert f" {ORIGIN}/reset\n" in sent.text


@pytest.mark.parametrize("kind", ["verification", "taken", "reset", "changed"])
async def test_the_name_that_somebody_registered_is_in_no_mail_to_the_address(
    bus: Bus, mailer: ScriptedMailer, kind: Kind
) -> None:
    await bus.push(mail(kind))

    (sent,) = mailer.sent
    assert "evil.example" not in sent.subject + sent.text


@pytest.mark.parametrize("kind", ["verification", "taken", "reset", "changed"])
async def test_nobody_gets_no_mail(bus: Bus, mailer: ScriptedMailer, kind: Kind) -> None:
    assert (await bus.push(mail(kind, AccountId("nobody")))).status_code == 204
    assert not mailer.sent


@pytest.mark.parametrize("failure", [None, MailRefused("refused"), Unavailable("not now")])
@pytest.mark.parametrize("kind", ["verification", "reset"])
async def test_no_line_of_the_log_shows_the_link_or_the_address(
    bus: Bus,
    mailer: ScriptedMailer,
    caplog: pytest.LogCaptureFixture,
    kind: LinkKind,
    failure: MailRefused | Unavailable | None,
) -> None:
    mailer.failure = failure

    with caplog.at_level(logging.DEBUG, "oqtopus"):
        await bus.push(mail(kind))

    lines = [JsonLines().format(record) for record in caplog.records if record.name.startswith("oqtopus")]
    assert lines
    assert not [line for line in lines if ADDRESS in line or "oqm_" in line]


async def test_operators_learn_that_the_models_calls_run_out(bus: Bus, mailer: ScriptedMailer) -> None:
    await bus.push(ModelsNearCeiling(used=8_000, ceiling=10_000))

    (sent,) = mailer.sent
    assert sent.recipient == "operators@example.org"
    assert "8000" in sent.text and "10000" in sent.text
