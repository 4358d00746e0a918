"""From what was typed to the command's own function, and from an error to its line and exit status."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from io import TextIOWrapper

from oqtopus.cli import accounts, agents, asking, health
from oqtopus.cli.command import Command
from oqtopus.cli.exits import Exit, UsageError
from oqtopus.cli.serving import serve
from oqtopus.client import ClientError, Invalid, NotSignedIn, Refused, errors

_COMMANDS: Mapping[tuple[str, str | None], Callable[[Command], None]] = {
    ("ask", None): asking.ask,
    ("login", None): accounts.login,
    ("logout", None): accounts.logout,
    ("whoami", None): accounts.whoami,
    ("quota", None): accounts.quota,
    ("tokens", "list"): accounts.list_tokens,
    ("tokens", "create"): accounts.create_token,
    ("tokens", "revoke"): accounts.revoke_token,
    ("agents", "list"): agents.list_own,
    ("agents", "catalogue"): agents.catalogue,
    ("agents", "show"): agents.show,
    ("agents", "register"): agents.register,
    ("agents", "verify"): agents.verify,
    ("agents", "health"): health.health,
    ("agents", "rotate"): agents.rotate,
    ("agents", "delete"): agents.delete,
    ("categories", None): agents.categories,
}


def run(asked: argparse.Namespace, environ: Mapping[str, str]) -> Exit:
    """Run one command; whatever goes wrong is one line on standard error."""
    command = Command(asked, environ)
    for stream in (sys.stdout, sys.stderr):
        # A character that the encoding lacks is no reason to fail, and a pipe gets each line when it is written.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace", line_buffering=True)
    try:
        if asked.command == "serve":
            serve(environ, asked.port, has_demo=not asked.no_demo)
        _COMMANDS[asked.command, getattr(asked, "action", None)](command)
        sys.stdout.flush()
    except BrokenPipeError:
        # Who read has enough. The interpreter flushes once more when it ends, which must go somewhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.PIPE_CLOSED
    except UsageError as error:
        command.err.line(f"oqtopus: {error}", "bad")
        return Exit.USAGE
    except ClientError as failure:
        _tell(command, failure)
        return status_of(failure)
    return Exit.DONE


def status_of(failure: errors.ClientError) -> Exit:
    """The one table that turns an error into an exit status."""
    match failure:
        case errors.NotSignedIn() | errors.Forbidden():
            return Exit.NOT_ALLOWED
        case errors.NotFound():
            return Exit.NOT_FOUND
        case errors.Conflict() | errors.Invalid():
            return Exit.CONFLICT
        case errors.TooMany():
            return Exit.TOO_MANY
        case errors.Unreachable() | errors.StreamBroken() | errors.UnexpectedReply():
            return Exit.UNREACHABLE
        case _:
            return Exit.FAILED


def _tell(command: Command, failure: ClientError) -> None:
    command.err.line(f"oqtopus: {failure}", "bad")
    if isinstance(failure, Invalid):
        for fault in failure.problem.errors:
            command.err.line(f"  {fault.get('pointer', '')}  {fault.get('detail', '')}")
    if isinstance(failure, NotSignedIn):
        command.err.line("Sign in with: oqtopus login", "faint")
    elif isinstance(failure, Refused) and failure.retry_after is not None:
        command.err.line(f"Try again in {_span(failure.retry_after)}.", "faint")
    if isinstance(failure, Refused) and failure.status >= 500 and failure.request_id:
        command.err.line(f"The server's log knows this as {failure.request_id}.", "faint")


def _span(seconds: float) -> str:
    """A time to wait, rounded up, in the largest unit that fits."""
    for length, name in ((3_600, "h"), (60, "min")):
        if seconds >= length:
            return f"{-(-seconds // length):.0f} {name}"
    return f"{-(-seconds // 1):.0f} s"
