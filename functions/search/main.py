"""Entry point of the search function: `POST /v1/search`, answered by a stream of events."""

import functions_framework.aio
from starlette.responses import Response

from functions.search.replays import Kept, KeyedSearch, KeyedSearches
from functions.search.schemas import SearchRequest, hops_of, idempotency_key
from functions.search.service import Question, Search, Searches
from oqtopus.bootstrap import Services, services
from oqtopus.domain.accounts import Caller
from oqtopus.domain.quotas import Quota
from oqtopus.errors import MethodNotAllowed, NotFound
from oqtopus.wire.endpoint import endpoint
from oqtopus.wire.events import event_bytes
from oqtopus.wire.rate_limits import with_rate_limit
from oqtopus.wire.requests import Request
from oqtopus.wire.streaming import event_stream, replayed_stream


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
            return await with_rate_limit(_reply(active, caller, request), request.id, active.clock)
        case (_, "v1", "search"):
            raise MethodNotAllowed(["POST"])
        case _:
            raise NotFound


async def _reply(active: Services, caller: Caller, request: Request) -> tuple[Quota, Response]:
    """The caller's quota and the stream; without an `Idempotency-Key`, nothing is asked about one."""
    hops, key, as_sse = hops_of(request), idempotency_key(request), request.accepts_event_stream
    body = await request.body(SearchRequest)
    searches, question = _searches(active), Question(body.query, request.id, hops)
    if key is None:
        opened: Search | KeyedSearch | Kept = await searches.open(caller, question)
    else:
        keyed = KeyedSearches(searches, active.replays, event_bytes)
        opened = await keyed.open(caller, question, key, body.fingerprint)
    if isinstance(opened, Kept):
        return opened.quota, replayed_stream(opened.lines, as_sse=as_sse)
    stream = event_stream(opened.run, request.id, as_sse=as_sse, settle=opened.settle, leave=opened.leave)
    return opened.quota, stream


def _searches(active: Services) -> Searches:
    return Searches(
        agents=active.agents,
        breaker=active.breaker,
        caller=active.agent_caller,
        ledger=active.quotas,
        models=active.models,
        ranker=active.ranker,
        reviewer=active.reviewer,
        publisher=active.bus,
        clock=active.clock,
        new_id=active.new_id,
        new_nonce=active.new_nonce,
        audit=active.audit,
        limits=active.settings,
    )
