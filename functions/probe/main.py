"""Entry point of the probe function: messages that are pushed to it, and nothing else."""

import functions_framework.aio
from starlette.responses import Response

from functions.probe.service import Probes
from oqtopus.bootstrap import Services, services
from oqtopus.errors import MethodNotAllowed, NotFound
from oqtopus.wire.endpoint import endpoint
from oqtopus.wire.push import handled_once, pushed
from oqtopus.wire.requests import Request


@functions_framework.aio.http
@endpoint
async def probe(request: Request) -> Response:
    match request.route:
        case ("POST", "events"):
            active = services()
            delivery = await pushed(request, active.push_tokens)
            return await handled_once(delivery, active.deliveries, active.clock, _probes(active).handle)
        case (_, "events"):
            raise MethodNotAllowed(["POST"])
        case _:
            raise NotFound


def _probes(active: Services) -> Probes:
    return Probes(agents=active.agents, caller=active.agent_caller, publisher=active.bus, clock=active.clock)
