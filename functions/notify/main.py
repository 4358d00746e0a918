"""Entry point of the notify function: messages that are pushed to it, and letters of the contact form."""

import functions_framework.aio
from starlette.responses import Response

from functions.notify.contact import ContactDesk
from functions.notify.schemas import ContactForm
from functions.notify.service import Notices
from oqtopus.bootstrap import Services, services
from oqtopus.errors import MethodNotAllowed, NotFound
from oqtopus.security.throttling import Gate
from oqtopus.wire.endpoint import endpoint
from oqtopus.wire.push import handled_once, pushed
from oqtopus.wire.requests import Request
from oqtopus.wire.responses import json_response


@functions_framework.aio.http
@endpoint
async def notify(request: Request) -> Response:
    match request.route:
        case ("POST", "events"):
            active = services()
            delivery = await pushed(request, active.push_tokens)
            return await handled_once(delivery, active.deliveries, active.clock, _notices(active).handle)
        case ("POST", "v1", "contact"):
            return await _contact(request, services())
        case (_, "events") | (_, "v1", "contact"):
            raise MethodNotAllowed(["POST"])
        case _:
            raise NotFound


async def _contact(request: Request, active: Services) -> Response:
    """Anyone may write; a credential is not looked at."""
    form = await request.body(ContactForm)
    network = request.client_network(active.settings.trusted_proxy_hops)
    await _desk(active).receive(form.name, form.email, form.message, network)
    return json_response({"status": "accepted"}, 202)


def _notices(active: Services) -> Notices:
    return Notices(
        accounts=active.accounts,
        agents=active.agents,
        mail_tokens=active.mail_tokens,
        contacts=active.contacts,
        mailer=active.mailer,
        clock=active.clock,
        public_url=active.settings.public_url,
        operators=active.settings.mail.recipient,
    )


def _desk(active: Services) -> ContactDesk:
    gate = Gate(active.attempts, active.audit, active.clock, active.settings.secret_key)
    return ContactDesk(active.contacts, active.bus, gate, active.settings.throttles, active.clock, active.new_id)
