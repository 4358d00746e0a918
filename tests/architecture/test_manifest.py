"""The manifest says what each function may do; the code must need that and nothing else."""

import ast
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.manifest import Function, load_manifest
from oqtopus import messages
from oqtopus.adapters.secret_manager import _PERMISSIONS
from oqtopus.config import Settings
from oqtopus.messages import MESSAGES, Message, parsed
from oqtopus.security.egress import _DENIED_IPV4
from tests.e2e.contract_operations import OPERATIONS
from tests.fakes.clock import FakeClock

MANIFEST = load_manifest()
TERRAFORM = Path("terraform/modules")
# Published by what a function is given rather than by the function itself.
_BY_THE_LIBRARY = {"search": {"models.near_ceiling"}}


def _published(source: Path) -> Iterator[str]:
    """The topics of the messages that are made anywhere under a folder."""
    kinds = {name: kind for name, kind in inspect.getmembers(messages, inspect.isclass) if issubclass(kind, Message)}
    for file in source.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds:
                yield kinds[node.func.id].topic


@pytest.mark.parametrize("function", MANIFEST.functions, ids=lambda function: function.name)
def test_a_function_may_publish_what_its_code_publishes_and_nothing_else(function: Function) -> None:
    published = {*_published(function.source), *_BY_THE_LIBRARY.get(function.name, set())}

    assert set(function.publishes) == published


def test_whoever_looks_from_outside_needs_no_credential() -> None:
    [operation] = [each for each in OPERATIONS if (each.method, each.path) == ("GET", MANIFEST.uptime_path)]

    assert not operation.needs_credential


def test_every_kind_of_message_has_a_topic_and_every_topic_a_kind() -> None:
    assert {f"oqtopus.{topic}" for topic in MANIFEST.topics} == MESSAGES.keys()


@pytest.mark.parametrize("schedule", MANIFEST.schedules, ids=lambda schedule: schedule.topic)
def test_what_the_scheduler_publishes_is_a_message_that_functions_read(schedule: object) -> None:
    """The document is that of terraform/modules/topic, whose own test compares it word by word."""
    topic = schedule.topic  # type: ignore[attr-defined]  # pytest gives parameters no type.
    document = {
        "specversion": "1.0",
        "id": "schedule",
        "source": f"/schedules/{topic}",
        "type": f"oqtopus.{topic}",
        "datacontenttype": "application/json",
        "data": {},
    }

    assert parsed(json.dumps(document).encode(), FakeClock()()).message.topic == topic


def test_the_secrets_that_functions_name_are_described_and_are_settings() -> None:
    named = {secret for function in MANIFEST.functions for secret in function.secrets}

    assert named == set(MANIFEST.secrets)
    assert {secret.lower() for secret in named - {"SENDER_APP_PASSWORD"}} <= set(Settings.__dataclass_fields__)


def test_roles_on_agents_keys_have_the_permissions_that_the_vault_calls_for() -> None:
    text = (TERRAFORM / "agent_keys" / "main.tf").read_text(encoding="utf-8")

    granted = set(re.findall(r'"(secretmanager\.[a-zA-Z.]+)"', text))

    assert granted == set(_PERMISSIONS.values())
    assert "secretmanager.secrets.list" not in granted


def test_the_networks_firewall_denies_what_the_functions_own_check_denies() -> None:
    text = (TERRAFORM / "network" / "main.tf").read_text(encoding="utf-8")

    denied = set(re.findall(r'^ {4}"([0-9./]+)",$', text, re.MULTILINE))

    assert denied == {str(network) for network in _DENIED_IPV4}


def test_what_monitoring_counts_is_what_the_code_logs() -> None:
    text = (TERRAFORM / "monitoring" / "metrics.tf").read_text(encoding="utf-8")
    code = "\n".join(
        file.read_text(encoding="utf-8") for folder in ("shared", "functions") for file in Path(folder).rglob("*.py")
    )

    operator_events = _after("operator_events = {", "}", text)
    counted = {
        *re.findall(r'jsonPayload\.message=\\"([a-z_]+)\\"', text),
        *re.findall(r"^ +([a-z_]+) +=", operator_events, re.MULTILINE),
        *re.findall(r'"([a-z_]+)"', _after("security_events = [", "]", text)),
    }
    logged = set(re.findall(r'log\.(?:info|warning|error)\(\s*"([a-z_]+)"', code))

    assert len(counted) > 10
    assert counted <= logged


def _after(opening: str, closing: str, text: str) -> str:
    return text.partition(opening)[2].partition(closing)[0]
