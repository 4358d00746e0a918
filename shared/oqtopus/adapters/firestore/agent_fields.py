"""An agent as a flat document: each field can be queried and incremented by itself."""

from oqtopus.adapters.firestore import agent_health
from oqtopus.adapters.firestore.documents import Document, Fields
from oqtopus.domain.agents import Agent, AgentStatus
from oqtopus.domain.keys import RetiredKey, StagedKey


def fields_of(agent: Agent) -> dict[str, object]:
    return {
        "id": agent.id,
        "owner_id": agent.owner_id,
        "orchestrator_id": agent.orchestrator_id,
        "name": agent.name,
        "url": agent.url,
        "categories": list(agent.categories),
        "description": agent.description,
        "is_public": agent.is_public,
        "status": agent.status.value,
        "key_version": agent.key_version,
        "public_key_pem": agent.public_key_pem,
        "created_at": agent.created_at,
        "changed_at": agent.changed_at,
        "verified_at": agent.verified_at,
        "probe_due_at": agent.probe_due_at,
        **agent_health.fields_of(agent.health),
        **_other_keys(agent),
    }


def agent_of(document: Document) -> Agent:
    fields = document.fields
    return Agent(
        id=fields["id"],
        owner_id=fields["owner_id"],
        orchestrator_id=fields["orchestrator_id"],
        name=fields["name"],
        url=fields["url"],
        categories=tuple(fields["categories"]),
        description=fields["description"],
        is_public=fields["is_public"],
        status=AgentStatus(fields["status"]),
        key_version=fields["key_version"],
        public_key_pem=fields["public_key_pem"],
        created_at=fields["created_at"],
        changed_at=fields["changed_at"],
        verified_at=fields["verified_at"],
        probe_due_at=fields["probe_due_at"],
        health=agent_health.health_of(fields),
        staged_key=_staged_key(fields),
        retired_key=_retired_key(fields),
    )


def _other_keys(agent: Agent) -> dict[str, object]:
    staged, retired = agent.staged_key, agent.retired_key
    return {
        "staged_version": staged.version if staged else None,
        "staged_public_key_pem": staged.public_key_pem if staged else None,
        "staged_at": staged.made_at if staged else None,
        "retired_version": retired.version if retired else None,
        "retired_public_key_pem": retired.public_key_pem if retired else None,
        "retired_until": retired.until if retired else None,
    }


def _staged_key(fields: Fields) -> StagedKey | None:
    """Agents from before keys were rotated have none of these fields."""
    version = fields.get("staged_version")
    return version and StagedKey(version, fields["staged_public_key_pem"], fields["staged_at"])


def _retired_key(fields: Fields) -> RetiredKey | None:
    version = fields.get("retired_version")
    return version and RetiredKey(version, fields["retired_public_key_pem"], fields["retired_until"])
