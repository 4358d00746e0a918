"""What can be typed: every command, its arguments and its help. Nothing heavy is imported for it."""

import argparse
import re
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from oqtopus import __version__
from oqtopus.cli.exits import MEANINGS

# The private name of argparse's own class: it has no public one.
Commands: TypeAlias = "argparse._SubParsersAction[_Parser]"


_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MADE_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{20}")


class _Parser(argparse.ArgumentParser):
    """Options are typed in full. Ids are random, and one in 64 begins with a hyphen: that makes no option of it."""

    def __init__(self, **settings: Any) -> None:  # Any: argparse's own arguments.
        super().__init__(allow_abbrev=False, **settings)

    def _parse_optional(self, arg_string: str) -> Any:  # Any: its form differs between versions of Python.
        if _MADE_IDENTIFIER.fullmatch(arg_string) and arg_string not in self._option_string_actions:
            return None
        return super()._parse_optional(arg_string)


def parser() -> argparse.ArgumentParser:
    """The whole command; `command` and, in groups, `action` say what was typed."""
    root = _Parser(
        prog="oqtopus",
        description="Ask questions of agents that other people run, and look after your own.",
        epilog=MEANINGS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    root.add_argument("--version", action="version", version=f"oqtopus {__version__}")
    root.set_defaults(url=None, no_color=False, json=False)
    _add_shared(root)
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_ask(commands)
    _add_account(commands)
    _add_tokens(commands)
    _add_agents(commands)
    _leaf(commands, "categories", "what agents register under")
    _add_here(commands)
    return root


def _add_shared(to: argparse.ArgumentParser) -> None:
    """Options that may stand before the command and after it; a command's parser must not undo the first."""
    to.add_argument(
        "--url", metavar="URL", default=argparse.SUPPRESS, help="the server; else OQTOPUS_URL, or the last login's"
    )
    to.add_argument(
        "--no-color", action="store_true", default=argparse.SUPPRESS, help="plain text, as with NO_COLOR set"
    )
    to.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="what the server sent, as JSON")


def _leaf(commands: Commands, name: str, told: str) -> _Parser:
    made = commands.add_parser(name, help=told, description=f"{told[0].upper()}{told[1:]}.")
    _add_shared(made)
    return made


def _group(commands: Commands, name: str, told: str) -> Commands:
    made = commands.add_parser(name, help=told, description=f"{told[0].upper()}{told[1:]}.")
    return made.add_subparsers(dest="action", required=True, metavar="ACTION")


def _add_ask(commands: Commands) -> None:
    ask = _leaf(commands, "ask", "ask a question; the answer is written as it comes")
    ask.add_argument("question", nargs="*", help="the question, else it is read from standard input")


def _add_account(commands: Commands) -> None:
    login = _leaf(commands, "login", "sign in; the session is kept for the next commands")
    login.add_argument("email", nargs="?", help="the account's address, else it is asked for")
    login.add_argument("--new", action="store_true", help="make the account first")
    login.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    _leaf(commands, "logout", "end the session")
    _leaf(commands, "whoami", "the account that is signed in")
    _leaf(commands, "quota", "how many searches are left today")


def _add_tokens(commands: Commands) -> None:
    tokens = _group(commands, "tokens", "API tokens, for programs that ask in your name")
    _leaf(tokens, "list", "the tokens, without their secrets")
    create = _leaf(tokens, "create", "make a token; its secret is shown this once")
    create.add_argument("name", help="what the token is for")
    create.add_argument("--scope", choices=["search", "manage"], help="manage may change agents too (search)")
    create.add_argument("--days", type=partial(_whole_number, 365), metavar="N", help="how long it is valid (90)")
    revoke = _leaf(tokens, "revoke", "revoke a token; it is refused from then on")
    revoke.add_argument("token", type=_identifier, help="the token's id")


def _add_agents(commands: Commands) -> None:
    agents = _group(commands, "agents", "agents, your own and public ones")
    _leaf(agents, "list", "your own agents")
    catalogue = _leaf(agents, "catalogue", "the public agents")
    catalogue.add_argument("--category", help="only agents of this category")
    catalogue.add_argument("--text", help="only agents with this in their name or description")
    _add_registration(agents)
    for name, told in (
        ("show", "all about one agent"),
        ("verify", "probe an agent, so that it gets searches"),
        ("health", "how an agent's calls went"),
        ("rotate", "exchange an agent's key: install the new one, restart the agent, then --activate"),
        ("delete", "remove an agent and destroy its keys"),
    ):
        leaf = _leaf(agents, name, told)
        leaf.add_argument("agent", type=_identifier, help="the agent's id")
        if name == "rotate":
            leaf.add_argument("--key-dir", type=Path, metavar="DIR", help="put the new public key here")
            leaf.add_argument("--activate", action="store_true", help="sign with the new key from now on")
        if name == "delete":
            leaf.add_argument("--yes", action="store_true", help="do not ask whether it is meant")


def _add_registration(agents: Commands) -> None:
    register = _leaf(agents, "register", "register an agent; verify it once it has its key")
    register.add_argument("agent_url", metavar="URL", help="where the agent is; calls go to URL/agent")
    register.add_argument("--name", required=True, help="what people see")
    register.add_argument(
        "--category", action="append", required=True, dest="categories", metavar="NAME", help="one to twenty of them"
    )
    register.add_argument("--description", default="", help="what the agent knows; it is chosen by this")
    register.add_argument("--orchestrator-id", default="oqtopus", metavar="ID", help="names the key file (oqtopus)")
    register.add_argument("--public", action="store_true", help="list it, and ask it for everyone")
    register.add_argument("--key-dir", type=Path, metavar="DIR", help="put its public key here")
    register.add_argument("--force", action="store_true", help="replace a key file that is there already")


def _add_here(commands: Commands) -> None:
    """What concerns this machine, not a server elsewhere."""
    serve = commands.add_parser("serve", help="serve oqtopus on this machine, as make run does")
    serve.add_argument("--port", type=partial(_whole_number, 65_535), metavar="N", help="the port; else PORT, or 8080")
    serve.add_argument("--no-demo", action="store_true", help="start without the demo agents")
    completion = commands.add_parser("completion", help="a script that completes commands in your shell")
    completion.add_argument("shell", choices=["bash", "zsh", "fish"])
    _add_admin(commands)


def _add_admin(commands: Commands) -> None:
    admin = _group(commands, "admin", "what only an operator does, on the installation's own data")
    for name, told in (
        ("suspend-account", "end its sessions and tokens, let nobody sign in, block its agents"),
        ("restore-account", "let its owner sign in again"),
        ("reset-quota", "give it all searches of today back"),
    ):
        admin.add_parser(name, help=told).add_argument("account", help="an account's id or e-mail address")
    for name, told in (
        ("block-agent", "let no search and no verification reach it"),
        ("unblock-agent", "let its owner verify it again"),
    ):
        admin.add_parser(name, help=told).add_argument("agent", help="an agent's id")
    refusals = admin.add_parser("refusals", help="what was refused lately, and what operators did")
    refusals.add_argument(
        "--limit", type=partial(_whole_number, 1_000), default=50, help="at most so many, newest first (50)"
    )
    refusals.add_argument("--json", action="store_true", help="one JSON object a line")
    admin.add_parser("rotate-secrets", help="new secrets in the home folder; agents' keys are sealed anew")


def _whole_number(most: int, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= most):
        raise argparse.ArgumentTypeError(f"must be a number from 1 to {most}")
    return int(text)


def _identifier(text: str) -> str:
    if not _IDENTIFIER.fullmatch(text):
        raise argparse.ArgumentTypeError("must be an id: letters, digits, hyphens and underscores")
    return text
