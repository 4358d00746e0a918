"""The operator's hand: `oqtopus admin …`. It ends with 0 when done, 1 when refused, 2 on wrong usage."""

import argparse
import asyncio
import json
import os
import pwd
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from oqtopus import observability, rotation
from oqtopus.admin import Operator
from oqtopus.bootstrap import Services
from oqtopus.config import DEFAULT_HOME, Settings
from oqtopus.domain.text import visible
from oqtopus.errors import ConfigurationError, RequestError, Unavailable

_ELSEWHERE = """\
The secrets of this installation are not kept on this machine. Add a version to the Secret Manager secret SECRET_KEY \
(and to PK_ENCRYPTION_SALT where PK_STORAGE_TYPE is local), then deploy the functions anew. Agents' private keys are \
secrets of their own and are not touched by it."""


def run(asked: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run one command with the settings of `environ`; what `make run` keeps in its home fills them up."""
    try:
        return asyncio.run(_run(asked, dict(environ)))
    except (RequestError, ConfigurationError, Unavailable) as error:
        print(visible(str(error)), file=sys.stderr)
        return 1


async def _run(asked: argparse.Namespace, environ: dict[str, str]) -> int:
    home = Path(environ.get("OQTOPUS_HOME") or DEFAULT_HOME)
    is_elsewhere = environ.get("STORE") == "firestore" or environ.get("PK_STORAGE_TYPE", "local") not in ("", "local")
    if not is_elsewhere:
        await rotation.finish(home)
    kept = rotation.kept_secrets(home)
    if asked.action == "rotate-secrets":
        if is_elsewhere:
            print(_ELSEWHERE, file=sys.stderr)
            return 2
        _refuse_secrets_of_the_environment(environ, kept)
    settings = Settings.from_environ({**kept, **{name: value for name, value in environ.items() if value}})
    observability.configure(settings.log_level, settings.google.project)
    services = Services(settings)
    try:
        await _command(asked, Operator(services, _user_name()))
    finally:
        await services.aclose()
    return 0


def _refuse_secrets_of_the_environment(environ: Mapping[str, str], kept: Mapping[str, str]) -> None:
    """The next start would take these instead of the new ones, and not open the vault with them."""
    for name in ("SECRET_KEY", "PK_ENCRYPTION_SALT"):
        if environ.get(name) and environ[name] != kept.get(name):
            raise ConfigurationError(f"{name} is set in the environment; only {rotation.SECRETS_NAME} can be rotated.")


async def _command(asked: argparse.Namespace, operator: Operator) -> None:
    match asked.action:
        case "suspend-account":
            print(await operator.suspend_account(asked.account))
        case "restore-account":
            print(await operator.restore_account(asked.account))
        case "block-agent":
            print(await operator.block_agent(asked.agent))
        case "unblock-agent":
            print(await operator.unblock_agent(asked.agent))
        case "reset-quota":
            print(await operator.reset_quota(asked.account))
        case "rotate-secrets":
            print(await operator.rotate_secrets())
        case "refusals":
            entries = await operator.refusals(asked.limit)
            print("\n".join(map(json.dumps, entries) if asked.json else _table(entries)))


def _table(entries: Sequence[Mapping[str, str]]) -> list[str]:
    """Columns as wide as what is in them; nothing in a value moves the cursor."""
    rows = [("TIME", "EVENT", "SUBJECT", "DETAIL")]
    for entry in entries:
        at, event, subject, detail = (
            " ".join(visible(entry[name]).split()) for name in ("at", "event", "subject", "detail")
        )
        rows.append((at, event, subject, detail))
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _user_name() -> str:
    """By the process's user id: LOGNAME is anyone's to set."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
