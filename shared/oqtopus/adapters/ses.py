"""Mail by Amazon SES, as finished messages so that all mailers send the same."""

from typing import Final

from oqtopus.adapters.aws import AwsCalls, AwsRefused
from oqtopus.adapters.mail_message import message_of, needs_smtputf8, sender_address, utc_now
from oqtopus.errors import MailRefused, Unavailable
from oqtopus.ports import Clock, Mail

# Everything else (throttling, a paused or suspended account) may be over when the mail is sent again.
_REFUSALS: Final = frozenset({"BadRequestException", "MailFromDomainNotVerifiedException", "MessageRejected"})


class SesMailer:
    """Implements `Mailer`. SES writes a Message-ID of its own over ours, so there a repeated mail cannot be told."""

    def __init__(self, region: str, endpoint: str | None, sender: str, clock: Clock = utc_now) -> None:
        self._calls = AwsCalls("sesv2", region, endpoint)
        self._sender = sender_address(sender)
        self._clock = clock

    async def send(self, mail: Mail) -> None:
        if needs_smtputf8(mail):
            raise MailRefused("Amazon SES takes no addresses outside ASCII.")
        message = message_of(mail, self._sender, self._clock())
        try:
            await self._calls.call(
                "send_email",
                FromEmailAddress=self._sender.addr_spec,
                Destination={"ToAddresses": [mail.recipient]},
                Content={"Raw": {"Data": message.as_bytes()}},
            )
        except AwsRefused as refusal:
            # AWS's own error quotes addresses, so it is no cause of what the log may show.
            if refusal.code in _REFUSALS:
                raise MailRefused(f"Amazon SES refused the mail ({refusal.code}).") from None
            raise Unavailable(f"Amazon SES does not take the mail now ({refusal.code}).") from None

    async def aclose(self) -> None:
        """Close the connections; a later mail opens them anew."""
        await self._calls.aclose()
