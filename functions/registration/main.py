"""Entry point of the registration function: an owner's agents and their keys, the public catalogue, the categories."""

from collections.abc import Sequence

import functions_framework.aio
from starlette.responses import Response

from functions.registration.agent_keys import AgentKeys
from functions.registration.health import health_view
from functions.registration.rotation import KeyRotation
from functions.registration.schemas import (
    AgentChange,
    NewAgent,
    category_list,
    is_own_list,
    known_category,
    owner_view,
    public_key,
    public_view,
)
from functions.registration.service import Registry
from oqtopus.bootstrap import Services, services
from oqtopus.domain.accounts import Caller
from oqtopus.domain.agents import AgentId
from oqtopus.errors import MethodNotAllowed, NotFound
from oqtopus.security.authentication import account_of, manager_of
from oqtopus.security.throttling import Gate
from oqtopus.wire.endpoint import endpoint
from oqtopus.wire.push import handled_once, pushed
from oqtopus.wire.requests import Request, identifier
from oqtopus.wire.responses import empty_response, json_response, text_response

PEM_MEDIA_TYPE = "application/x-pem-file"


@functions_framework.aio.http
@endpoint
async def registration(request: Request) -> Response:
    match request.route:
        case (_, "v1", "agents"):
            return await _agents(request, services())
        case (_, "v1", "agents", segment, *rest):
            return await _part_of_agent(request, services(), AgentId(identifier(segment)), rest)
        case ("GET", "v1", "me", "agents"):
            return await _own_agents(await services().identify(request), services())
        case (_, "v1", "me", "agents"):
            raise MethodNotAllowed(["GET"])
        case ("GET", "v1", "categories"):
            await services().identify(request)
            return json_response(category_list())
        case (_, "v1", "categories"):
            raise MethodNotAllowed(["GET"])
        case ("POST", "events"):
            active = services()
            delivery = await pushed(request, active.push_tokens)
            return await handled_once(delivery, active.deliveries, active.clock, _keys(active).handle)
        case (_, "events"):
            raise MethodNotAllowed(["POST"])
        case _:
            raise NotFound


async def _part_of_agent(request: Request, active: Services, agent_id: AgentId, rest: Sequence[str]) -> Response:
    match rest:
        case []:
            return await _agent(request, active, agent_id)
        case ["verify"]:
            return await _verification(request, active, agent_id)
        case ["key.pem"]:
            return await _public_key(request, active, agent_id)
        case ["health"]:
            return await _health(request, active, agent_id)
        case ["keys"]:
            return await _staged_key(request, active, agent_id)
        case ["keys", "activate"]:
            return await _activation(request, active, agent_id)
        case _:
            raise NotFound


async def _agents(request: Request, active: Services) -> Response:
    match request.route[0]:
        case "POST":
            owner_id = manager_of(await active.identify(request))
            agent = await _registry(active).register(owner_id, await request.body(NewAgent))
            return json_response(owner_view(agent, active.clock()), 201, f"/v1/agents/{agent.id}")
        case "GET":
            caller = await active.identify(request)
            now = active.clock()
            if is_own_list(request):
                return await _own_agents(caller, active)
            category, text = known_category(request.parameter("category", 200)), request.parameter("q", 200)
            listed = await active.agents.public(category, text)
            return json_response({"agents": [public_view(agent, now) for agent in listed]})
        case _:
            raise MethodNotAllowed(["GET", "POST"])


async def _own_agents(caller: Caller, active: Services) -> Response:
    own, now = await active.agents.owned_by(account_of(caller)), active.clock()
    return json_response({"agents": [owner_view(agent, now) for agent in own]})


async def _agent(request: Request, active: Services, agent_id: AgentId) -> Response:
    registry, now = _registry(active), active.clock()
    match request.route[0]:
        case "GET":
            reader_id = (await active.identify(request)).account_id
            agent = await registry.visible(reader_id, agent_id)
            view = owner_view if agent.owner_id == reader_id else public_view
            return json_response(view(agent, now))
        case "PATCH":
            owner_id = manager_of(await active.identify(request))
            changed = await registry.change(owner_id, agent_id, await request.body(AgentChange))
            return json_response(owner_view(changed, now))
        case "DELETE":
            await registry.remove(manager_of(await active.identify(request)), agent_id)
            return empty_response()
        case _:
            raise MethodNotAllowed(["DELETE", "GET", "PATCH"])


async def _verification(request: Request, active: Services, agent_id: AgentId) -> Response:
    if request.route[0] != "POST":
        raise MethodNotAllowed(["POST"])
    owner_id = manager_of(await active.identify(request))
    return json_response(owner_view(await _registry(active).verify(owner_id, agent_id), active.clock()))


async def _staged_key(request: Request, active: Services, agent_id: AgentId) -> Response:
    if request.route[0] != "POST":
        raise MethodNotAllowed(["POST"])
    owner_id = manager_of(await active.identify(request))
    agent, is_new = await KeyRotation(_registry(active)).start(owner_id, agent_id)
    return json_response(owner_view(agent, active.clock()), 201 if is_new else 200)


async def _activation(request: Request, active: Services, agent_id: AgentId) -> Response:
    if request.route[0] != "POST":
        raise MethodNotAllowed(["POST"])
    owner_id = manager_of(await active.identify(request))
    agent = await KeyRotation(_registry(active)).activate(owner_id, agent_id)
    return json_response(owner_view(agent, active.clock()))


async def _public_key(request: Request, active: Services, agent_id: AgentId) -> Response:
    if request.route[0] != "GET":
        raise MethodNotAllowed(["GET"])
    agent = await _registry(active).owned(account_of(await active.identify(request)), agent_id)
    pem = public_key(agent, request.parameter("version", 20), active.clock())
    return text_response(pem, PEM_MEDIA_TYPE, agent.key_file_name)


def _keys(active: Services) -> AgentKeys:
    return AgentKeys(active.agents, active.vault, active.key_journal, active.clock, active.new_id)


async def _health(request: Request, active: Services, agent_id: AgentId) -> Response:
    if request.route[0] != "GET":
        raise MethodNotAllowed(["GET"])
    agent, history = await _registry(active).history(account_of(await active.identify(request)), agent_id)
    return json_response(health_view(agent, history, active.clock()))


def _registry(active: Services) -> Registry:
    return Registry(
        agents=active.agents,
        vault=active.vault,
        keys=_keys(active),
        caller=active.agent_caller,
        policy=active.addresses,
        gate=Gate(active.attempts, active.audit, active.clock, active.settings.secret_key),
        throttles=active.settings.throttles,
        clock=active.clock,
        new_id=active.new_id,
    )
