"""Accounts, sessions, API tokens and the quota of whoever asks."""

from datetime import timedelta

import functions_framework.aio
from starlette.responses import Response

from functions.auth import schemas
from functions.auth.service import Accounts, Tokens, quota_of
from oqtopus.bootstrap import Services, services
from oqtopus.domain.accounts import Scope, TokenId
from oqtopus.errors import MethodNotAllowed, NotFound
from oqtopus.wire.endpoint import endpoint
from oqtopus.wire.requests import Request, identifier
from oqtopus.wire.responses import empty_response, json_response


@functions_framework.aio.http
@endpoint
async def auth(request: Request) -> Response:
    """The operations under `/v1/accounts`, `/v1/sessions`, `/v1/me` and `/v1/tokens`."""
    active = services()
    match request.route:
        case (_, "v1", "accounts" | "sessions", *_):
            return await _entrance(request, active)
        case (_, "v1", "me", *_):
            return await _self(request, active)
        case (_, "v1", "tokens", *_):
            return await _tokens(request, active)
        case _:
            raise NotFound


async def _entrance(request: Request, active: Services) -> Response:
    """Registration answers 409 for a taken address: the embedded mode has no mailer to tell it by (A7)."""
    accounts = _accounts(active)
    match request.route:
        case ("POST", _, "accounts"):
            await active.identify(request)
            new = await request.body(schemas.Registration)
            account = await accounts.register(new.email, new.password, new.username)
            return json_response(schemas.account_document(account), 201, "/v1/me")
        case ("POST", _, "sessions"):
            given = await request.body(schemas.Credentials)
            login = await accounts.log_in(given.email, given.password, request.bearer)
            return json_response(schemas.login_document(login), 201, "/v1/sessions/current")
        case ("DELETE", _, "sessions", "current"):
            await accounts.log_out(await active.identify(request))
            return empty_response()
        case (_, _, "accounts" | "sessions"):
            raise MethodNotAllowed(["POST"])
        case (_, _, "sessions", "current"):
            raise MethodNotAllowed(["DELETE"])
        case _:
            raise NotFound


async def _self(request: Request, active: Services) -> Response:
    match request.route:
        case ("GET", _, _):
            caller = await active.identify(request)
            account = await _accounts(active).account_of(caller)
            return json_response(schemas.me_document(account, caller))
        case ("GET", _, _, "quota"):
            caller = await active.identify(request)
            quota = await quota_of(caller, active.quotas, active.settings, active.clock())
            return json_response(schemas.quota_document(quota))
        case (_, _, _) | (_, _, _, "quota"):
            raise MethodNotAllowed(["GET"])
        case _:
            raise NotFound


async def _tokens(request: Request, active: Services) -> Response:
    tokens = Tokens(active.sessions, active.clock, active.new_id)
    match request.route:
        case ("GET", _, _):
            live = await tokens.live(await active.identify(request))
            return json_response({"tokens": [schemas.token_document(token) for token in live]})
        case ("POST", _, _):
            caller = await active.identify(request)
            asked = await request.body(schemas.TokenRequest)
            lifetime = timedelta(days=asked.expires_in_days)
            token, secret = await tokens.create(caller, asked.name, Scope(asked.scope), lifetime)
            return json_response(schemas.token_document(token) | {"token": secret}, 201, f"/v1/tokens/{token.id}")
        case ("DELETE", _, _, token_id):
            await tokens.revoke(await active.identify(request), TokenId(identifier(token_id)))
            return empty_response()
        case (_, _, _):
            raise MethodNotAllowed(["GET", "POST"])
        case (_, _, _, _):
            raise MethodNotAllowed(["DELETE"])
        case _:
            raise NotFound


def _accounts(active: Services) -> Accounts:
    return Accounts(active.accounts, active.sessions, active.passwords, active.clock, active.new_id)
