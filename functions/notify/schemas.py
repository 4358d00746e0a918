"""The body of the contact form."""

from oqtopus.wire.fields import Email, LetterText, Name
from oqtopus.wire.requests import Body


class ContactForm(Body):
    """`POST /v1/contact`."""

    name: Name
    email: Email
    message: LetterText
