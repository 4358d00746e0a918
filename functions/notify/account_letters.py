"""The texts that go to an account's address.

None greets by name: whoever registers a stranger's address chooses the name, and must not write to them that way. A
link's secret is in the fragment, which browsers send to nobody, so that it gets into no server's log.
"""

from functions.notify.letters import Letter

_VERIFICATION = """\
Hello,

somebody, probably you, registered this address at oqtopus ({url}).
To show that the address is yours, open this link within 24 hours:

    {url}/verify#{secret}

or, at a terminal:

    curl -X POST {url}/v1/email-verifications/{secret}

If it was not you, do nothing: nobody can then use the address.

oqtopus
"""
_TAKEN = """\
Hello,

somebody, probably you, tried to register this address at oqtopus ({url}), where it has an account already.
Nothing was changed. To get in, log in, or ask for a new password if you do not know yours:

    {url}/login
    {url}/reset

If it was not you, do nothing.

oqtopus
"""
_RESET = """\
Hello,

somebody, probably you, asked for a new password at oqtopus ({url}).
To choose one, open this link within 30 minutes:

    {url}/reset#{secret}

or, at a terminal:

    curl -X POST -H 'Content-Type: application/json' -d '{{"password": "<the new one>"}}' \\
        {url}/v1/password-resets/{secret}

If it was not you, do nothing: your password stays as it is.

oqtopus
"""
_CHANGED = """\
Hello,

the password of your account at oqtopus ({url}) was changed just now. All its sessions and API tokens have ended.

If it was not you, ask for a new password at once:

    {url}/reset

oqtopus
"""


def verification(url: str, secret: str) -> Letter:
    """Whoever follows the link can read the address's mail."""
    return Letter("Is this your address?", _VERIFICATION.format(url=url, secret=secret))


def reset(url: str, secret: str) -> Letter:
    """Whoever follows the link chooses the account's password."""
    return Letter("A new password for oqtopus", _RESET.format(url=url, secret=secret))


def taken(url: str) -> Letter:
    """What the reply to a registration keeps to itself."""
    return Letter("You have an account at oqtopus already", _TAKEN.format(url=url))


def changed(url: str) -> Letter:
    """For the case that it was somebody else."""
    return Letter("Your password at oqtopus was changed", _CHANGED.format(url=url))
