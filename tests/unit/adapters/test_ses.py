"""What Amazon SES may answer."""

import json
import traceback
from collections.abc import Iterator
from dataclasses import replace

import pytest
from moto import mock_aws

from oqtopus.adapters.ses import SesMailer
from oqtopus.errors import MailRefused, Unavailable
from oqtopus.ports import Mail
from tests.fakes.agent_server import agent_serving, reply, saying
from tests.fakes.system import free_ports

MAIL = Mail("event-1", "anna@example.org", "Hello", "Hello\n")
SENDER = "post@oqtopus.example"


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the SDK finds in its usual places."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "an id for tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a key for tests")


@pytest.fixture
def without_network() -> Iterator[None]:
    with mock_aws():
        yield


async def failure_of(code: str, status: str) -> Exception:
    """What a mail ends with when SES answers with an error of this code."""
    body = json.dumps({"message": f"{MAIL.recipient} is not verified"}).encode()
    error = reply(body, f"x-amzn-ErrorType: {code}", status=status)
    async with agent_serving(saying(error)) as fake:
        mailer = SesMailer("eu-central-1", fake.origin, SENDER)
        try:
            await mailer.send(MAIL)
        except (MailRefused, Unavailable) as failure:
            return failure
        finally:
            await mailer.aclose()
    raise AssertionError("the mail was taken")


@pytest.mark.parametrize("code", ["MessageRejected", "MailFromDomainNotVerifiedException", "BadRequestException"])
async def test_what_ses_will_never_take_is_refused_without_its_words(code: str) -> None:
    failure = await failure_of(code, "400 Bad Request")

    assert isinstance(failure, MailRefused)
    assert code in str(failure)
    assert "anna" not in "".join(traceback.format_exception(failure))


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("TooManyRequestsException", "429 Too Many Requests"),
        ("LimitExceededException", "400 Bad Request"),
        ("SendingPausedException", "400 Bad Request"),
        ("AccountSuspendedException", "400 Bad Request"),
        ("InternalFailure", "500 Internal Server Error"),
    ],
)
async def test_what_may_be_over_later_is_unavailable(code: str, status: str) -> None:
    failure = await failure_of(code, status)

    assert isinstance(failure, Unavailable)
    assert "anna" not in "".join(traceback.format_exception(failure))


async def test_a_service_that_is_down_is_unavailable() -> None:
    mailer = SesMailer("eu-central-1", f"http://127.0.0.1:{free_ports(1)[0]}", SENDER)

    with pytest.raises(Unavailable):
        await mailer.send(MAIL)
    await mailer.aclose()


@pytest.mark.usefixtures("without_network")
async def test_a_sender_that_nobody_verified_is_refused() -> None:
    mailer = SesMailer("eu-central-1", None, SENDER)

    with pytest.raises(MailRefused):
        await mailer.send(MAIL)
    await mailer.aclose()


async def test_an_address_outside_ascii_is_refused_without_a_call() -> None:
    with pytest.raises(MailRefused):
        await SesMailer("eu-central-1", None, SENDER).send(replace(MAIL, recipient="ännä@example.org"))
