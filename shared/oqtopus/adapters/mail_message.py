"""Mail as RFC 5322 has it: what every mailer sends, made so that no text can add a header of its own."""

import hashlib
import re
from datetime import UTC, datetime
from email.header import Header
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from typing import Any, Final

from oqtopus.domain.text import is_forbidden
from oqtopus.errors import ConfigurationError, MailRefused
from oqtopus.ports import Mail

DISPLAY_NAME: Final = "oqtopus"
LONGEST_ADDRESS: Final = 254

_LONGEST_PLAIN_SUBJECT: Final = 60
_PLAIN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ATOM = r"[^\s.@()<>\[\]:;,\"\\]+"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_ATOM}(?:\.{_ATOM})*")


class _Subject(UnstructuredHeader, BaseHeader):
    """Takes its text literally.

    The class of the standard library decodes whatever looks like an encoded word, so that a subject with
    `=?utf-8?q?=0D=0ABcc:…?=` in it writes a header of its own (CPython 3.11.7); and it puts blanks into long words.
    """

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:  # Any: as the standard library declares it.
        super().parse("", kwds)
        kwds["decoded"] = value

    def fold(self, *, policy: Policy) -> str:
        text = str(self)
        is_plain = text.isascii() and len(text) <= _LONGEST_PLAIN_SUBJECT and "=?" not in text and text == text.strip()
        folded = text if is_plain else Header(text, "utf-8", header_name=self.name).encode(linesep=policy.linesep)
        return f"{self.name}: {folded}{policy.linesep}"


_registry = HeaderRegistry()
_registry.map_to_type("subject", _Subject)
_POLICY = SMTP.clone(header_factory=_registry)


def utc_now() -> datetime:
    return datetime.now(UTC)


def sender_address(sender: str) -> Address:
    """The address that all mail comes from; in ASCII, which every server takes."""
    try:
        address = _address(sender, DISPLAY_NAME)
        address.addr_spec.encode("ascii")
    except (MailRefused, UnicodeEncodeError):
        raise ConfigurationError("SENDER_EMAIL must be one e-mail address in ASCII, without a name.") from None
    return address


def message_of(mail: Mail, sender: Address, now: datetime) -> EmailMessage:
    """The mail in short lines of ASCII, or `MailRefused` when no message can be made of it.

    Only an address that is not ASCII stays as it is, in UTF-8 (RFC 6532).
    """
    if not mail.subject or any(character in "\n\t" or is_forbidden(character) for character in mail.subject):
        raise MailRefused("The subject is empty or has control characters.")
    message = EmailMessage(policy=_POLICY.clone(utf8=needs_smtputf8(mail)))
    message["From"] = sender
    message["To"] = _address(mail.recipient)
    message["Subject"] = mail.subject
    message["Date"] = now
    message["Message-ID"] = f"<{plain_id(mail.id)}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    try:
        # Quoted-printable passes every server as it is: long lines, other scripts, a line with a single dot.
        message.set_content(mail.text, charset="utf-8", cte="quoted-printable")
    except UnicodeEncodeError as error:
        raise MailRefused("The text has characters that cannot be sent.") from error
    return message


def needs_smtputf8(mail: Mail) -> bool:
    """Whether only servers with SMTPUTF8 (RFC 6531) can carry the mail."""
    return not mail.recipient.isascii()


def plain_id(mail_id: str) -> str:
    """The id itself where it can stand in headers and file names, else one made from it; never one for two."""
    if _PLAIN_ID.fullmatch(mail_id):
        return mail_id
    return f"sha256-{hashlib.sha256(mail_id.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}"


def _address(text: str, display_name: str = "") -> Address:
    """One bare address in dot-atoms; what looks like an encoded word is refused, since readers may decode it."""
    is_sound = len(text.encode("utf-8", "replace")) <= LONGEST_ADDRESS and not any(map(is_forbidden, text))
    if not is_sound or "=?" in text or not _ADDRESS.fullmatch(text):
        raise MailRefused("The recipient is not one e-mail address.")
    local_part, _, domain = text.partition("@")
    return Address(display_name, local_part, domain)
