"""Entry point of the notify function: messages that are pushed to it, and nothing else."""

import functions_framework.aio
from starlette.responses import Response

from functions.notify.service import Notices
from oqtopus.bootstrap import Services, services
from oqtopus.errors import MethodNotAllowed, NotFound
from oqtopus.wire.endpoint import endpoint
from oqtopus.wire.push import handled_once, pushed
from oqtopus.wire.requests import Request


@functions_framework.aio.http
@endpoint
async def notify(request: Request) -> Response:
    match request.route:
        case ("POST", "events"):
            active = services()
            delivery = await pushed(request, active.push_tokens)
            return await handled_once(delivery, active.deliveries, active.clock, _notices(active).handle)
        case (_, "events"):
            raise MethodNotAllowed(["POST"])
        case _:
            raise NotFound


def _notices(active: Services) -> Notices:
    return Notices(accounts=active.accounts, agents=active.agents, mailer=active.mailer)
