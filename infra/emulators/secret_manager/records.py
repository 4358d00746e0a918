"""What the double keeps of a secret, and the rules that a secret's own fields have."""

import itertools
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import grpc  # type: ignore[import-untyped]  # It has no types.
from google.cloud import secretmanager_v1 as sm
from google.iam.v1.policy_pb2 import Policy  # type: ignore[import-untyped]  # It has no types.

from infra.emulators.secret_manager.refusals import Refused, invalid, not_found, precondition

KEPT_FIELDS: Final = frozenset({"labels", "annotations", "version_aliases"})
_GIVEN_FIELDS: Final = KEPT_FIELDS | {"name", "etag", "create_time", "replication"}
_LABEL: Final = re.compile(r"[a-z][a-z0-9_-]{0,62}=[a-z0-9_-]{0,63}")
_ALIAS: Final = re.compile(r"(?!latest$)[A-Za-z][A-Za-z0-9_-]{0,62}")
_etags = itertools.count(0x16A0000000001)


@dataclass(slots=True)
class KeptVersion:
    message: sm.SecretVersion
    data: bytes


@dataclass(slots=True)
class KeptSecret:
    message: sm.Secret
    versions: dict[int, KeptVersion] = field(default_factory=dict)
    policy: Policy = field(default_factory=lambda: Policy(etag=new_etag().encode()))

    def version(self, name: str) -> KeptVersion:
        """By number, by alias, or `latest`: the one made last, whatever its state."""
        if name.isdecimal():
            number = int(name)
        elif name == "latest":
            number = max(self.versions, default=0)
        else:
            number = self.message.version_aliases.get(name, 0)
        if number not in self.versions:
            not_found(f"{self.message.name}/versions/{name}")
        return self.versions[number]


def new_etag() -> str:
    """Like the real ones in quotation marks, and never the same twice."""
    return f'"{next(_etags):x}"'


def now() -> datetime:
    return datetime.now(UTC)


def check_etag(given: str, kept: str) -> None:
    if given and given != kept:
        precondition("The etag does not match that of the stored object.")


def check_fields(secret: sm.Secret) -> None:
    """Refuse what is wrong, and what this double would drop without a word."""
    for name in (descriptor.name for descriptor, _ in sm.Secret.pb(secret).ListFields()):
        if name not in _GIVEN_FIELDS:
            raise Refused(grpc.StatusCode.UNIMPLEMENTED, f"This double keeps no {name}.")
    for key, value in secret.labels.items():
        if _LABEL.fullmatch(f"{key}={value}") is None:
            invalid("A label breaks the rules of labels.")


def check_aliases(secret: sm.Secret, versions: dict[int, KeptVersion]) -> None:
    for alias, number in secret.version_aliases.items():
        if _ALIAS.fullmatch(alias) is None:
            invalid(f"{alias!r} is no alias: a letter, then at most 62 letters, digits, hyphens and underscores.")
        if number not in versions:
            precondition(f"The alias {alias} names a version that is not there.")
