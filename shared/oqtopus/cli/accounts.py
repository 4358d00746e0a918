"""`login`, `logout`, `whoami`, `quota` and `tokens`."""

import sys
from contextlib import suppress
from getpass import getpass

from oqtopus.cli import sessions
from oqtopus.cli.command import Command
from oqtopus.cli.exits import UsageError
from oqtopus.cli.words import moment
from oqtopus.client import NotSignedIn, Token


def login(command: Command) -> None:
    """Sign in and keep the session, for this server only, which is asked by default from then on."""
    email = command.asked.email or _prompted("E-mail: ")
    password = _password(command)
    with command.client() as client:
        if command.asked.new and client.register(email, password) is None:
            command.err.line("A mail is on its way. Follow its link, then sign in with: oqtopus login")
            return
        opened = client.log_in(email, password)
    session = sessions.Session(opened.token, opened.account.email)
    sessions.save(command.kept_path, command.kept.with_session(command.url, session))
    if command.asked.json:
        command.show_json(opened.account.document)
    command.err.line(f"Signed in to {command.url} as {opened.account.email}.", "good")
    if command.environ.get("OQTOPUS_TOKEN"):
        command.err.line("OQTOPUS_TOKEN is set and goes before this session.")


def logout(command: Command) -> None:
    """End the session and forget it; one that has ended already is forgotten too."""
    session = command.kept.sessions.get(command.url)
    if session is None:
        command.err.line(f"Nobody is signed in to {command.url}.")
        return
    with command.client(session.token) as client, suppress(NotSignedIn):
        client.log_out()
    sessions.save(command.kept_path, command.kept.without_session(command.url))
    command.err.line(f"Signed out of {command.url}.")


def whoami(command: Command) -> None:
    with command.client() as client:
        me = client.who_am_i()
    if command.asked.json:
        command.show_json(me.document)
        return
    account, credential = me.account, me.credential
    command.out.facts(
        [
            ("account", f"{account.username} <{account.email}>"),
            ("id", account.id),
            ("since", moment(account.created_at)),
            ("signed in by", f"{credential.kind}, may {credential.scope}"),
            ("server", command.url),
        ]
    )


def quota(command: Command) -> None:
    with command.client() as client:
        left = client.read_quota()
    if command.asked.json:
        command.show_json(left.document)
        return
    command.out.facts(
        [
            ("left", f"{left.remaining:,} of {left.max:,} searches"),
            ("full again", moment(left.resets_at)),
        ]
    )


def list_tokens(command: Command) -> None:
    with command.client() as client:
        tokens = client.list_tokens()
    if command.asked.json:
        command.show_json([token.document for token in tokens])
        return
    command.out.table(("ID", "NAME", "SCOPE", "BEGINS WITH", "EXPIRES"), [_row(token) for token in tokens])


def create_token(command: Command) -> None:
    """The secret alone goes to standard output, so that a script can keep it."""
    asked = command.asked
    with command.client() as client:
        token = client.create_token(asked.name, asked.scope, asked.days)
    if asked.json:
        command.show_json(token.document)
        return
    command.out.line(token.token)
    command.err.line(f"Token {token.id} may {token.scope} until {moment(token.expires_at)}. It is shown this once.")


def revoke_token(command: Command) -> None:
    with command.client() as client:
        client.revoke_token(command.asked.token)
    command.err.line(f"Token {command.asked.token} is revoked.")


def _row(token: Token) -> tuple[str, ...]:
    return token.id, token.name, token.scope, f"{token.hint}…", moment(token.expires_at)


def _prompted(prompt: str) -> str:
    if not sys.stdin.isatty():
        raise UsageError("Whose account is it? Give the e-mail address as an argument.")
    print(prompt, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def _password(command: Command) -> str:
    """From standard input its first line, as it is but for the line's end; else asked for without echo."""
    if command.asked.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise UsageError("There is no terminal to ask for the password; give it with --password-stdin.")
    return getpass("Password: ")
