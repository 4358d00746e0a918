"""Every operation of the contract, fuzzed against the running system: no 5xx, nothing that is not documented."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.e2e.owner import sign_up
from tests.fakes.system import System, running

Case = schemathesis.Case[Any]  # Any: the schema's own type of operation.

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
)

contract = schemathesis.openapi.from_path("infra/openapi.yaml")


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system of its own, whose data nobody else reads, with quotas that fuzzing cannot spend."""
    unlimited = {"QUOTA_USER_PER_DAY": "1000000", "QUOTA_GUEST_PER_DAY": "1000000"}
    with running(tmp_path_factory.mktemp("fuzzed"), **unlimited) as started:
        yield started


@pytest.fixture(scope="module")
def bearer(fuzzed: System) -> dict[str, str]:
    """A credential that may do anything but end itself: fuzzing logs sessions out."""
    with httpx.Client(base_url=fuzzed.url, trust_env=False) as http:
        owner = sign_up(http)
        created = http.post("/v1/tokens", json={"name": "fuzz", "scope": "manage"}, headers=owner)
        return {"Authorization": f"Bearer {created.json()['token']}"}


@contract.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_operation_keeps_the_contract(case: Case, fuzzed: System, bearer: dict[str, str]) -> None:
    response = case.call(base_url=fuzzed.url, headers=bearer)

    case.validate_response(response, checks=list(CHECKS))


@contract.parametrize()
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_operation_keeps_the_contract_without_a_credential(case: Case, fuzzed: System) -> None:
    response = case.call(base_url=fuzzed.url)

    case.validate_response(response, checks=list(CHECKS))


@contract.parametrize()
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_operation_keeps_the_contract_with_a_bad_credential(case: Case, fuzzed: System) -> None:
    response = case.call(base_url=fuzzed.url, headers={"Authorization": "Bearer oqs_nonsense"})

    case.validate_response(response, checks=list(CHECKS))


def test_the_contract_and_the_manifest_name_the_same_operations() -> None:
    import yaml

    from infra.manifest import load_manifest

    document = yaml.safe_load(Path("infra/openapi.yaml").read_text(encoding="utf-8"))
    methods = {"get", "post", "put", "patch", "delete"}
    described = {
        (path, method.upper()) for path, item in document["paths"].items() for method in item if method in methods
    }
    routed = {
        ("/" + "/".join(route.segments), method)
        for function in load_manifest().functions
        for route in function.routes
        if function.is_in_contract and route.alias_of is None
        for method in route.methods
    }

    assert described == routed
