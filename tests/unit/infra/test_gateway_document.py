from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_spec_validator import validate

from infra.gateway_document import (
    LONGEST_REPLY,
    LONGEST_STREAM,
    Document,
    differences,
    gateway_document,
    load_contract,
    template,
)
from infra.gateway_routes import Operation, operations_of
from infra.manifest import Function, Manifest, Route, load_manifest, segments_of
from oqtopus.errors import ConfigurationError
from tests.conftest import client_of_function
from tests.e2e.contract_operations import filled

MANIFEST = load_manifest()
DOCUMENT = gateway_document(MANIFEST, load_contract())
OPERATIONS = operations_of(DOCUMENT)
BACKENDS: Document = DOCUMENT["x-google-api-management"]["backends"]
# What Google says of the gateway's requests, in bytes; ours must be refused before its own limits are met.
GATEWAYS_LARGEST_BODY = 32 * 1024 * 1024


def contract_of(**paths: Any) -> Document:  # Any: OpenAPI.
    return {"info": {"title": "", "version": "", "summary": ""}, "tags": [], "paths": paths}


def manifest_of(route: Route, **changes: Any) -> Manifest:  # Any: members of `Function`.
    return Manifest(100, (replace(Function("things", Path("x"), "things", "auth", (route,)), **changes),))


def test_the_document_is_valid_openapi() -> None:
    validate(DOCUMENT)


def test_the_contract_and_the_manifest_agree() -> None:
    assert list(differences(MANIFEST, load_contract())) == []


def test_a_route_that_only_one_of_the_two_knows_is_named() -> None:
    manifest = manifest_of(Route(segments_of("/v1/things"), ("GET",)))
    contract = contract_of(**{"/v1/things": {"post": {}}})

    assert list(differences(manifest, contract)) == [
        "POST /v1/things is in the contract and has no function",
        "GET /v1/things has a function and is not in the contract",
    ]


def test_what_is_not_in_the_contract_is_no_part_of_the_api_and_only_read() -> None:
    routes = [route for function in MANIFEST.functions if not function.is_in_contract for route in function.routes]

    assert routes
    assert not [route for route in routes if route.segments[0] == "v1"]
    assert {method for route in routes for method in route.methods} == {"GET", "HEAD"}


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for item in DOCUMENT["paths"].values() for operation in item.values()]

    assert len(names) == len(set(names)) == len(OPERATIONS)


def test_every_route_of_every_function_is_an_operation_and_the_other_way_round() -> None:
    routed = {
        (route.segments, method, function.name)
        for function in MANIFEST.functions
        for route in function.routes
        for method in route.methods
    }

    assert {(each.segments, each.method, each.function) for each in OPERATIONS} == routed


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: f"{each.method} /{'/'.join(each.segments)}")
@pytest.mark.usefixtures("services")
async def test_every_operation_reaches_its_function(operation: Operation) -> None:
    """A function says what it allows on a path of its own, before it looks at anything else, and 404 to any other."""
    path = operation.constant_path or filled("/" + "/".join(operation.segments), "no-such-thing")

    async with client_of_function(operation.function) as http:
        reply = await http.request("OPTIONS", path)

    assert reply.status_code == 405
    assert operation.method in reply.headers["allow"].split(", ")


@pytest.mark.parametrize("function", [each for each in MANIFEST.functions if each.routes], ids=lambda each: each.name)
def test_a_function_is_called_as_the_gateway_with_its_own_deadline(function: Function) -> None:
    backend = BACKENDS[function.name]

    assert backend["address"] == backend["jwtAudience"] == f"${{urls.{function.name}}}"
    assert backend["deadline"] == function.timeout_seconds
    assert "disableAuth" not in backend


def test_no_deadline_is_left_to_the_gateway_nor_longer_than_it_has() -> None:
    streams = {each.name for each in MANIFEST.functions if each.streams}

    for operation in OPERATIONS:
        longest = LONGEST_STREAM if operation.function in streams else LONGEST_REPLY
        assert 0 < operation.deadline_seconds <= longest


@pytest.mark.parametrize(("streams", "longest"), [(False, LONGEST_REPLY), (True, LONGEST_STREAM)])
def test_a_deadline_that_the_gateway_does_not_have_is_refused(streams: bool, longest: int) -> None:
    route = Route(segments_of("/v1/things"), ("GET",))

    gateway_document(manifest_of(route, timeout_seconds=longest, streams=streams), contract_of())
    with pytest.raises(ConfigurationError, match="things"):
        gateway_document(manifest_of(route, timeout_seconds=longest + 1, streams=streams), contract_of())


def test_our_bodies_are_refused_before_the_gateways_own_limit() -> None:
    assert MANIFEST.max_body_bytes < GATEWAYS_LARGEST_BODY


def test_an_alias_is_a_constant_address_of_the_same_operation() -> None:
    aliases = [(each, route) for each in MANIFEST.functions for route in each.routes if route.alias_of]

    assert len(aliases) == 4
    for function, route in aliases:
        own = [each for each in OPERATIONS if each.segments == route.segments]
        assert len(own) == len(route.methods)
        assert {(each.function, each.constant_path) for each in own} == {(function.name, route.alias_of)}


@pytest.mark.parametrize(("path", "of"), [("/mine", "/v1/things?owner=me"), ("/mine/{id}", "/v1/things/{id}")])
def test_an_alias_that_the_gateway_cannot_make_is_refused(path: str, of: str) -> None:
    with pytest.raises(ConfigurationError, match="alias"):
        gateway_document(manifest_of(Route(segments_of(path), ("GET",), of)), contract_of())


def test_no_operation_answers_a_preflight() -> None:
    assert not any("options" in item for item in DOCUMENT["paths"].values())


def test_the_template_has_no_expression_but_the_functions_addresses() -> None:
    text = template(DOCUMENT)

    assert yaml.safe_load(text) == DOCUMENT
    assert text.count("${") == 2 * len(BACKENDS)


@pytest.mark.parametrize("description", ["costs ${price}", "%{ if true }", "${urls.things"])
def test_a_text_that_terraform_would_evaluate_is_refused(description: str) -> None:
    document = gateway_document(
        manifest_of(Route(segments_of("/v1/things"), ("GET",))),
        contract_of(**{"/v1/things": {"get": {"operationId": "things", "summary": description}}}),
    )

    with pytest.raises(ConfigurationError, match="expression"):
        template(document)


def test_an_address_that_is_no_functions_is_refused() -> None:
    backends = {"things": {"address": "https://elsewhere.example", "pathTranslation": "x", "deadline": 1.0}}
    document = {
        "x-google-api-management": {"backends": backends},
        "paths": {"/v1/things": {"get": {"x-google-backend": "things"}}},
    }

    with pytest.raises(ValueError, match="elsewhere"):
        operations_of(document)
