"""The key vault of operators who keep keys at Amazon: AWS Secrets Manager."""

import re
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID, uuid5

from oqtopus.adapters.aws import AwsCalls, AwsLimits, AwsRefused, AwsReply
from oqtopus.domain.agents import AgentId
from oqtopus.errors import KeyNotFound, Unavailable

KEPT_VERSIONS: Final = 16

_NAMESPACE: Final = UUID("2f0a6c5e-5a0e-4c58-9f2b-6f6a3c1f7b10")
_AGENT_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_VERSION: Final = re.compile(r"[1-9][0-9]{0,17}")
_LABEL: Final = re.compile(r"v([1-9][0-9]{0,17})")
_MOST_TRIES: Final = 100
# The latter stands for a secret that is being deleted.
_GONE: Final = ("ResourceNotFoundException", "InvalidRequestException")


class AwsVault:
    """Implements `KeyVault`; an agent's secret is `oqtopus/agents/<agent id>`, a version's number stands in its id.

    AWS names versions by UUIDs of the caller's choice and refuses one that is taken by another value. So version n
    has the UUID that follows from the agent and n, which counts for everybody alike and makes a repeated attempt
    harmless. AWS deletes versions without a label in time: version n has `v<n>`, the first one AWSCURRENT. There is no
    other way to destroy one, so that a version without a label counts as destroyed from then on.
    """

    def __init__(self, region: str, endpoint: str | None, limits: AwsLimits | None = None) -> None:
        self._aws = AwsCalls("secretsmanager", region, endpoint, limits)

    async def add(self, agent_id: AgentId, private_key_pem: str) -> str:
        """The last 17 versions and the first are safe; AWS, which allows 20 labels a secret, may delete the others."""
        if await self._created(agent_id, private_key_pem):
            return "1"
        labelled = _labelled(await self._stages(agent_id))
        last = max(labelled, default=1)
        for number in labelled:
            if number <= last - KEPT_VERSIONS:
                await self._retire(agent_id, number)
        for number in range(last + 1, last + 1 + _MOST_TRIES):
            if await self._put(agent_id, number, private_key_pem):
                return str(number)
        raise Unavailable("Too many keys are being added to this agent at once.")

    async def private_key(self, agent_id: AgentId, version: str) -> str:
        if _VERSION.fullmatch(version) is None:
            raise KeyNotFound("The vault holds no key of this agent and version.")
        try:
            kept = await self._call("get_secret_value", agent_id, VersionId=_version_id(agent_id, int(version)))
        except AwsRefused as refused:
            if refused.code in _GONE:
                raise KeyNotFound("The vault holds no key of this agent and version.") from None
            raise
        if not kept.get("VersionStages"):
            raise KeyNotFound("The vault holds no key of this agent and version.")
        return str(kept["SecretString"])

    async def versions(self, agent_id: AgentId) -> Sequence[str]:
        try:
            stages = await self._stages(agent_id)
        except KeyNotFound:
            return []
        except AwsRefused as refused:
            if refused.code in _GONE:
                return []
            raise
        first = [1] if stages.get(_version_id(agent_id, 1)) else []
        return [str(number) for number in sorted({*first, *_labelled(stages)})]

    async def destroy_version(self, agent_id: AgentId, version: str) -> None:
        """Take away its labels; AWSCURRENT, which a secret must have, goes to the newest of the other versions."""
        if version not in (kept := await self.versions(agent_id)):
            return
        if others := [other for other in kept if other != version]:
            await self._hand_over(agent_id, int(version), int(others[-1]))
            await self._retire(agent_id, int(version))
        else:
            await self.destroy(agent_id)

    async def destroy(self, agent_id: AgentId) -> None:
        try:
            await self._call("delete_secret", agent_id, ForceDeleteWithoutRecovery=True)
        except KeyNotFound:
            return
        except AwsRefused as refused:
            if refused.code != "ResourceNotFoundException":
                raise

    async def check(self) -> None:
        """Nothing: no secret of this process opens the keys, and its permissions may end at single secrets."""

    async def aclose(self) -> None:
        await self._aws.aclose()

    async def _created(self, agent_id: AgentId, private_key_pem: str) -> bool:
        """Whether the key is now the agent's first one; false when there is another."""
        try:
            await self._aws.call(
                "create_secret",
                Name=_name(agent_id),
                SecretString=private_key_pem,
                ClientRequestToken=_version_id(agent_id, 1),
                Tags=[{"Key": "app", "Value": "oqtopus"}],
            )
        except AwsRefused as refused:
            return _is_taken(refused)
        return True

    async def _stages(self, agent_id: AgentId) -> Mapping[str, Sequence[str]]:
        """The labels of each version, by its id."""
        described = await self._call("describe_secret", agent_id)
        stages: Mapping[str, Sequence[str]] = described.get("VersionIdsToStages", {})
        return stages

    async def _hand_over(self, agent_id: AgentId, number: int, heir: int) -> None:
        """AWSCURRENT leaves the version if it has it; AWS puts AWSPREVIOUS in its place, which leaves it too."""
        stages = await self._stages(agent_id)
        loser = _version_id(agent_id, number)
        if "AWSCURRENT" in stages.get(loser, ()):
            await self._move(agent_id, "AWSCURRENT", loser, _version_id(agent_id, heir))
            stages = await self._stages(agent_id)
        if "AWSPREVIOUS" in stages.get(loser, ()):
            await self._move(agent_id, "AWSPREVIOUS", loser)

    async def _move(self, agent_id: AgentId, stage: str, loser: str, heir: str | None = None) -> None:
        to = {} if heir is None else {"MoveToVersionId": heir}
        await self._call("update_secret_version_stage", agent_id, VersionStage=stage, RemoveFromVersionId=loser, **to)

    async def _put(self, agent_id: AgentId, number: int, private_key_pem: str) -> bool:
        """Whether the key is now version `number`; false when another key is."""
        try:
            await self._call(
                "put_secret_value",
                agent_id,
                SecretString=private_key_pem,
                ClientRequestToken=_version_id(agent_id, number),
                VersionStages=[f"v{number}"],
            )
        except AwsRefused as refused:
            return _is_taken(refused)
        return True

    async def _retire(self, agent_id: AgentId, number: int) -> None:
        """Give the version's label back; another call may have done that a moment ago."""
        try:
            await self._move(agent_id, f"v{number}", _version_id(agent_id, number))
        except AwsRefused as refused:
            if refused.code != "InvalidParameterException":
                raise

    async def _call(self, operation: str, agent_id: AgentId, **arguments: object) -> AwsReply:
        return await self._aws.call(operation, SecretId=_name(agent_id), **arguments)


def _name(agent_id: AgentId) -> str:
    # The id becomes part of a secret's name, so nothing but an id may get into it.
    if _AGENT_ID.fullmatch(agent_id) is None:
        raise KeyNotFound("The vault keeps no keys of such an agent.")
    return f"oqtopus/agents/{agent_id}"


def _labelled(stages: Mapping[str, Sequence[str]]) -> list[int]:
    labels = [label for labels in stages.values() for label in labels]
    return [int(match[1]) for label in labels if (match := _LABEL.fullmatch(label))]


def _version_id(agent_id: AgentId, number: int) -> str:
    return str(uuid5(_NAMESPACE, f"{agent_id}/{number}"))


def _is_taken(refused: AwsRefused) -> bool:
    """False when the version is taken by another key, for that is an answer; anything else is raised again."""
    if refused.code != "ResourceExistsException":
        raise refused
    return False
