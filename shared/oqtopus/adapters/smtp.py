"""Mail by SMTP submission (RFC 6409) with smtplib, over TLS always."""

import asyncio
import smtplib
import ssl
from contextlib import closing, suppress
from typing import Final, NoReturn

from oqtopus.adapters.mail_message import message_of, needs_smtputf8, sender_address, utc_now
from oqtopus.errors import ConfigurationError, MailRefused, Unavailable
from oqtopus.observability import event_log
from oqtopus.ports import Clock, Mail

IMPLICIT_TLS_PORT: Final = 465

log = event_log(__name__)


class SmtpMailer:
    """Implements `Mailer`: one connection a mail. Every wait for the server is bounded by `timeout_seconds`.

    At port 465 TLS comes first, at any other STARTTLS must be offered before the password is said.
    """

    def __init__(
        self,
        server: str,
        port: int,
        sender: str,
        password: str,
        *,
        tls: ssl.SSLContext | None = None,
        timeout_seconds: float = 10.0,
        clock: Clock = utc_now,
        implicit_tls_port: int = IMPLICIT_TLS_PORT,
    ) -> None:
        if not password.isascii():
            # smtplib encodes it as ASCII; what a web page shows as blanks is often pasted as something else.
            raise ConfigurationError("SENDER_APP_PASSWORD must be ASCII; check for pasted blanks.")
        self._server = server
        self._port = port
        self._sender = sender_address(sender)
        self._password = password
        self._tls = tls
        self._timeout_seconds = timeout_seconds
        self._clock = clock
        self._is_tls_first = port == implicit_tls_port

    async def send(self, mail: Mail) -> None:
        content = message_of(mail, self._sender, self._clock()).as_bytes()
        await asyncio.to_thread(self._deliver, mail, content)

    async def aclose(self) -> None:
        """Nothing is kept open between mails."""

    def _deliver(self, mail: Mail, content: bytes) -> None:
        """smtplib's own errors quote the server, which quotes addresses: no cause is kept of those that do."""
        try:
            with closing(self._connected()) as connection:
                self._log_in(connection)
                self._hand_over(connection, mail, content)
                with suppress(OSError):  # The mail is taken; how the server says good-bye changes nothing.
                    connection.quit()
        except smtplib.SMTPResponseException as failure:
            raise Unavailable(f"The mail server answered {failure.smtp_code}.") from None
        except OSError as failure:
            # smtplib's other errors are among these, and those of sockets and TLS.
            log.warning("mail_server_unreachable", reason=type(failure).__name__)
            raise Unavailable("The mail server does not answer as it must.") from failure

    def _connected(self) -> smtplib.SMTP:
        """A connection over TLS to a server whose certificate is good for its name."""
        context = self._tls or ssl.create_default_context()
        # The domain of the sender instead of this machine's name, which would take a look-up and help nobody.
        name, timeout = self._sender.domain, self._timeout_seconds
        if self._is_tls_first:
            return smtplib.SMTP_SSL(self._server, self._port, name, timeout=timeout, context=context)
        connection = smtplib.SMTP(self._server, self._port, name, timeout=timeout)
        try:
            connection.starttls(context=context)
        except BaseException:
            connection.close()
            raise
        return connection

    def _log_in(self, connection: smtplib.SMTP) -> None:
        """A refused password is `Unavailable`: mail that is kept for later leaves once an operator has mended it."""
        try:
            connection.login(self._sender.addr_spec, self._password)
        except smtplib.SMTPAuthenticationError as failure:
            log.error("mail_login_refused", setting="SENDER_APP_PASSWORD", code=failure.smtp_code)
            raise Unavailable("The mail server does not accept our password.") from None

    def _hand_over(self, connection: smtplib.SMTP, mail: Mail, content: bytes) -> None:
        options = ["SMTPUTF8", "BODY=8BITMIME"] if needs_smtputf8(mail) else []
        if options and not connection.has_extn("smtputf8"):
            raise MailRefused("The mail server takes no addresses outside ASCII.")
        try:
            connection.sendmail(self._sender.addr_spec, [mail.recipient], content, options)
        except smtplib.SMTPRecipientsRefused as failure:
            (code, _), *_ = failure.recipients.values()
            _refuse("the recipient", code)
        except smtplib.SMTPSenderRefused as failure:
            # It would refuse every mail of ours: a setting is wrong, not this mail.
            log.error("mail_sender_refused", setting="SENDER_EMAIL", code=failure.smtp_code)
            raise Unavailable("The mail server does not take mail from our address.") from None
        except smtplib.SMTPDataError as failure:
            _refuse("the mail", failure.smtp_code)


def _refuse(what: str, code: int) -> NoReturn:
    """4xx is for now and 5xx for good (RFC 5321, 4.2.1)."""
    if code < 500:
        raise Unavailable(f"The mail server does not take {what} now ({code}).") from None
    raise MailRefused(f"The mail server refused {what} ({code}).") from None
