"""Resource names: projects, their secrets, and versions of those."""

import re
import zlib
from typing import Final

from infra.emulators.secret_manager.refusals import invalid

_PROJECT: Final = r"projects/([a-z0-9][a-z0-9.:-]{0,61})"
_SECRET: Final = _PROJECT + r"/secrets/([A-Za-z0-9_-]{1,255})"
_PROJECT_NAME: Final = re.compile(_PROJECT)
_SECRET_NAME: Final = re.compile(_SECRET)
_SECRET_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,255}")
_VERSION_NAME: Final = re.compile(_SECRET + r"/versions/([A-Za-z0-9_-]{1,63})")


def project_name(name: str) -> str:
    """The project by its number, which is how the service writes names whatever the caller called it."""
    if (match := _PROJECT_NAME.fullmatch(name)) is None:
        invalid("The parent must be projects/*.")
    return f"projects/{_number(match[1])}"


def secret_name(name: str) -> str:
    if (match := _SECRET_NAME.fullmatch(name)) is None:
        invalid("The name must be projects/*/secrets/*.")
    return f"projects/{_number(match[1])}/secrets/{match[2]}"


def new_secret_name(parent: str, secret_id: str) -> str:
    if _SECRET_ID.fullmatch(secret_id) is None:
        invalid("The secret id must be 1 to 255 letters, digits, hyphens and underscores.")
    return f"{project_name(parent)}/secrets/{secret_id}"


def version_name(name: str) -> tuple[str, str]:
    """The secret's name, and the version's number or alias."""
    if (match := _VERSION_NAME.fullmatch(name)) is None:
        invalid("The name must be projects/*/secrets/*/versions/*.")
    return f"projects/{_number(match[1])}/secrets/{match[2]}", match[3]


def _number(project: str) -> str:
    return project if project.isdecimal() else str(100_000_000_000 + zlib.crc32(project.encode()))
