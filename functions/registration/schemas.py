"""Bodies of registration: what may be set (an allow-list, Z2) and what is shown to whom."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from functions.registration.health import health_summary, owners_summary
from oqtopus.domain.agents import Agent
from oqtopus.domain.clean_text import clean, clean_name
from oqtopus.domain.taxonomy import CATEGORY_NAMES, TAXONOMY
from oqtopus.errors import NotFound, Unprocessable, Violation
from oqtopus.wire.fields import Description, Name
from oqtopus.wire.requests import Body, Request


def _known(name: str) -> str:
    if name not in CATEGORY_NAMES:
        raise ValueError("There is no such category.")
    return name


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise ValueError("A category may be named once.")
    return names


# JSON has arrays and no tuples, so the tuple itself is not strict; its members are.
Categories = Annotated[
    tuple[Annotated[str, AfterValidator(_known)], ...],
    Field(strict=False, min_length=1, max_length=20),
    AfterValidator(_distinct),
]
# pydantic's patterns are Rust's, where `$` is the very end and not before a line break.
OrchestratorId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,63}$")]


class NewAgent(Body):
    """`POST /v1/agents`; what a URL must be is the egress policy's to say."""

    name: Name
    url: str
    categories: Categories
    description: Description = ""
    orchestrator_id: OrchestratorId
    is_public: bool = Field(False, alias="public")


class AgentChange(Body):
    """`PATCH /v1/agents/{id}`; a member that is left out stays as it is, whatever the default here says."""

    name: Name = ""
    url: str = ""
    categories: Categories = ()
    description: Description = ""
    is_public: bool = Field(False, alias="public")

    @model_validator(mode="after")
    def _names_a_change(self) -> "AgentChange":
        if not self.model_fields_set:
            raise ValueError("Name at least one member to change.")
        return self


def is_own_list(request: Request) -> bool:
    """Whether the caller's own agents are asked for; the catalogue's filters do not go with that."""
    owner = request.parameter("owner", 64)
    if owner is None:
        return False
    if owner != "me":
        raise Unprocessable(Violation("/owner", "The only owner that can be asked for is `me`."))
    for name in ("category", "q"):
        if request.parameter(name, 200) is not None:
            raise Unprocessable(Violation(f"/{name}", "It filters the public catalogue and does not go with `owner`."))
    return True


def known_category(name: str | None) -> str | None:
    if name is not None and name not in CATEGORY_NAMES:
        raise Unprocessable(Violation("/category", "There is no such category."))
    return name


def category_list() -> dict[str, object]:
    return {"categories": [{"name": kind.name, "description": kind.description} for kind in TAXONOMY]}


def public_view(agent: Agent, now: datetime) -> dict[str, object]:
    """What anyone may know of a public agent: nothing of its owner or its key, and its texts clean (O2)."""
    return {
        "id": agent.id,
        "name": clean_name(agent.name),
        "url": agent.url,
        "categories": agent.categories,
        "description": clean(agent.description),
        "status": agent.status,
        "verified_at": agent.verified_at,
        "created_at": agent.created_at,
        "health": health_summary(agent, now),
    }


def public_key(agent: Agent, version: str | None, now: datetime) -> str:
    """The PEM of a version in use, of the one that signs when none is named; `NotFound` for any other."""
    if version is None:
        return agent.public_key_pem
    pems = {str(key["version"]): str(key["public_key"]) for key in _keys(agent, now)}
    if version not in pems:
        raise NotFound("This agent has no key of this version.")
    return pems[version]


def owner_view(agent: Agent, now: datetime) -> dict[str, object]:
    """All of an agent; its private keys are no part of it (K1)."""
    return public_view(agent, now) | {
        "public": agent.is_public,
        "orchestrator_id": agent.orchestrator_id,
        "key_version": agent.key_version,
        "key_file_name": agent.key_file_name,
        "public_key": agent.public_key_pem,
        "keys": _keys(agent, now),
        "changed_at": agent.changed_at,
        "health": owners_summary(agent, now),
    }


def _keys(agent: Agent, now: datetime) -> list[dict[str, object]]:
    """The keys in use: the one that signs, then the one that is to sign next, then the one that did before."""
    keys: list[dict[str, object]] = [
        {"version": agent.key_version, "state": "current", "public_key": agent.public_key_pem}
    ]
    if (staged := agent.staged_key) is not None:
        key = {"version": staged.version, "state": "staged", "public_key": staged.public_key_pem}
        keys.append({**key, "made_at": staged.made_at})
    if (retired := agent.retired_key_at(now)) is not None:
        key = {"version": retired.version, "state": "retired", "public_key": retired.public_key_pem}
        keys.append({**key, "until": retired.until})
    return keys
