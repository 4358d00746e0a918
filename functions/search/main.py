"""Entry point of the search function: `POST /v1/search`, answered by a stream of events."""

import functions_framework.aio
from starlette.responses import Response

from functions.search.schemas import SearchRequest
from functions.search.service import Searches
from oqtopus.bootstrap import Services, services
from oqtopus.errors import MethodNotAllowed, NotFound
from oqtopus.wire.endpoint import endpoint
from oqtopus.wire.requests import Request
from oqtopus.wire.streaming import event_stream


@functions_framework.aio.http
@endpoint
async def search(request: Request) -> Response:
    """Identify, parse, charge; what is refused so far is a problem document. Then the stream begins."""
    match request.route:
        case ("POST", "v1", "search"):
            active = services()
            # The first search of a process needs the models in turn; from here on they load side by side.
            _ = active.warming
            caller = await active.identify(request)
            body = await request.body(SearchRequest)
            opened = await _searches(active).open(caller, body.query, request.id)
            return event_stream(opened.run, request.id, as_sse=request.accepts_event_stream, settle=opened.settle)
        case (_, "v1", "search"):
            raise MethodNotAllowed(["POST"])
        case _:
            raise NotFound


def _searches(active: Services) -> Searches:
    return Searches(
        agents=active.agents,
        caller=active.agent_caller,
        ledger=active.quotas,
        models=active.models,
        ranker=active.ranker,
        publisher=active.bus,
        clock=active.clock,
        new_id=active.new_id,
        limits=active.settings,
    )
