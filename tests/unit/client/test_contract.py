"""Every operation of the contract has a method of its name, which sends what the contract describes."""

import re
from collections.abc import Mapping
from typing import Any

import jsonschema_rs
import pytest

from oqtopus.client import OqtopusClient, operations
from oqtopus.client.calls import Call
from tests.e2e.contract_operations import DOCUMENT, OPERATIONS, Operation, resolved

ID = "an-id_0"
PASSWORD = "a long enough passphrase"

CALLS: Mapping[str, Call[object]] = {
    "search": operations.search("Why?", "key-1", "1"),
    "registerAgent": operations.register_agent(
        name="Film guide", url="https://films.example.com", categories=["Movie"], orchestrator_id="oqtopus"
    ),
    "listAgents": operations.list_agents(category="Movie", text="films"),
    "listOwnAgents": operations.list_own_agents(),
    "readAgent": operations.read_agent(ID),
    "changeAgent": operations.change_agent(ID, description="", public=False, categories=["Movie"]),
    "removeAgent": operations.remove_agent(ID),
    "verifyAgent": operations.verify_agent(ID),
    "readAgentHealth": operations.read_agent_health(ID),
    "readAgentKey": operations.read_agent_key(ID, "2"),
    "startKeyRotation": operations.start_key_rotation(ID),
    "activateKey": operations.activate_key(ID),
    "listCategories": operations.list_categories(),
    "register": operations.register("ada@example.org", PASSWORD, "ada"),
    "askForVerification": operations.ask_for_verification("ada@example.org"),
    "verifyAddress": operations.verify_address(ID),
    "askForReset": operations.ask_for_reset("ada@example.org"),
    "resetPassword": operations.reset_password(ID, PASSWORD),
    "logIn": operations.log_in("ada@example.org", PASSWORD),
    "logOut": operations.log_out(),
    "whoAmI": operations.who_am_i(),
    "changePassword": operations.change_password(PASSWORD, f"{PASSWORD}, a new one"),
    "readQuota": operations.read_quota(),
    "createToken": operations.create_token("laptop", "manage", 30),
    "listTokens": operations.list_tokens(),
    "revokeToken": operations.revoke_token(ID),
    "contact": operations.contact(name="Ada", email="ada@example.org", message="Hello."),
}

each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)


@each_operation
def test_every_operation_has_a_method_of_its_name(operation: Operation) -> None:
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", operation.id).lower()

    assert callable(getattr(OqtopusClient, name))


@each_operation
def test_a_call_goes_where_the_contract_says(operation: Operation) -> None:
    call = CALLS[operation.id]

    assert (call.method, call.path) == (operation.method, operation.filled_path(ID))
    assert call.signed == operation.takes_credential


@each_operation
def test_a_call_sends_what_the_contract_takes(operation: Operation) -> None:
    call = CALLS[operation.id]
    places = {parameter["name"]: parameter["in"] for parameter in operation.parameters}

    assert {places[name] for name in call.query} <= {"query"}
    assert (call.body is None) == (operation.members is None)
    if call.body is not None:
        jsonschema_rs.validator_for(_body_schema(operation)).validate(call.body)


@each_operation
def test_a_call_can_send_all_that_the_contract_takes(operation: Operation) -> None:
    call = CALLS[operation.id]
    places = {parameter["name"]: parameter["in"] for parameter in operation.parameters}
    optional = {name for name, place in places.items() if place != "path"}
    left_out = _LEFT_OUT.get(operation.id, set())

    assert optional - {*call.query, *call.headers} <= left_out
    assert set(operation.members or ()) - set(call.body or ()) <= left_out


# A cookie is a browser's; one's own agents are an operation; a change sends its other members like those here.
_LEFT_OUT: Mapping[str, set[str]] = {"logIn": {"cookie"}, "listAgents": {"owner"}, "changeAgent": {"name", "url"}}


def _body_schema(operation: Operation) -> dict[str, Any]:  # Any: JSON Schema.
    """The schema of the body, in a document that its references can be found in."""
    body = resolved(DOCUMENT["paths"][operation.path][operation.method.lower()]["requestBody"])
    return {**body["content"]["application/json"]["schema"], "components": DOCUMENT["components"]}
