"""Accounts, sessions, API tokens and the quota of whoever asks."""

from datetime import timedelta

import functions_framework.aio
from starlette.responses import Response

from functions.auth import schemas
from functions.auth.mails import Mails
from functions.auth.recovery import Recovery
from functions.auth.service import Accounts, Tokens, quota_of
from oqtopus.bootstrap import Services, services
from oqtopus.domain.accounts import Scope, TokenId
from oqtopus.errors import MethodNotAllowed, NotFound
from oqtopus.security.credentials import digest
from oqtopus.security.csrf import csrf_token
from oqtopus.security.throttling import Gate
from oqtopus.wire.cookies import cleared_cookie, session_cookie
from oqtopus.wire.endpoint import endpoint
from oqtopus.wire.requests import Request, identifier
from oqtopus.wire.responses import empty_response, json_response


@functions_framework.aio.http
@endpoint
async def auth(request: Request) -> Response:
    """The operations under `/v1/accounts`, `/v1/sessions`, `/v1/me`, `/v1/tokens` and of links in mails."""
    active = services()
    match request.route:
        case (_, "v1", "accounts"):
            return await _registration(request, active)
        case (_, "v1", "sessions", *_):
            return await _sessions(request, active)
        case (_, "v1", "email-verifications" | "password-resets", *_):
            return await _links(request, active)
        case (_, "v1", "me", *_):
            return await _self(request, active)
        case (_, "v1", "tokens", *_):
            return await _tokens(request, active)
        case _:
            raise NotFound


async def _registration(request: Request, active: Services) -> Response:
    """Where a mailer is configured the reply is the same for new and taken addresses; the mail tells which (A7)."""
    if request.route[0] != "POST":
        raise MethodNotAllowed(["POST"])
    await active.identify(request)
    new = await request.body(schemas.Registration)
    account = await _accounts(active).register(new.email, new.password, new.username, _network(request, active))
    if account is None:
        return json_response({"status": "verification_sent"}, 202)
    return json_response(schemas.account_document(account), 201, "/v1/me")


async def _sessions(request: Request, active: Services) -> Response:
    match request.route:
        case ("POST", _, _):
            return await _login(request, active)
        case ("DELETE", _, _, "current"):
            await _accounts(active).log_out(await active.identify(request))
            return _signed_out(request, active)
        case (_, _, _):
            raise MethodNotAllowed(["POST"])
        case (_, _, _, "current"):
            raise MethodNotAllowed(["DELETE"])
        case _:
            raise NotFound


async def _login(request: Request, active: Services) -> Response:
    given = await request.body(schemas.Credentials)
    credential = request.credential(active.settings)
    presented = credential.secret if credential else None
    network = _network(request, active)
    login = await _accounts(active).log_in(given.email, given.password, presented, network)
    if not given.cookie:
        return json_response(schemas.login_document(login), 201, "/v1/sessions/current")
    token = csrf_token(active.settings.secret_key, digest(login.secret))
    reply = json_response(schemas.cookie_login_document(login, token), 201, "/v1/sessions/current")
    return _with_cookie(reply, session_cookie(login.secret, active.settings))


async def _links(request: Request, active: Services) -> Response:
    """Asking for a mail with a link, and following it; no credential is needed or looked at."""
    recovery = _recovery(active)
    match request.route:
        case ("POST", _, "email-verifications"):
            asked = await request.body(schemas.Address)
            await recovery.ask_for_verification(asked.email, _network(request, active))
            return json_response({"status": "accepted"}, 202)
        case ("POST", _, "email-verifications", secret):
            await recovery.verify_address(secret)
            return empty_response()
        case ("POST", _, "password-resets"):
            asked = await request.body(schemas.Address)
            await recovery.ask_for_reset(asked.email, _network(request, active))
            return json_response({"status": "accepted"}, 202)
        case ("POST", _, "password-resets", secret):
            await recovery.reset(secret, (await request.body(schemas.PasswordReset)).password)
            return empty_response()
        case (_, _, _) | (_, _, _, _):
            raise MethodNotAllowed(["POST"])
        case _:
            raise NotFound


async def _self(request: Request, active: Services) -> Response:
    match request.route:
        case ("GET", _, _):
            return await _who(request, active)
        case ("GET", _, _, "quota"):
            caller = await active.identify(request)
            quota = await quota_of(caller, active.quotas, active.settings, active.clock())
            return json_response(schemas.quota_document(quota))
        case ("PUT", _, _, "password"):
            caller = await active.identify(request)
            asked = await request.body(schemas.PasswordChange)
            await _recovery(active).change(caller, asked.current_password, asked.new_password)
            return _signed_out(request, active)
        case (_, _, _) | (_, _, _, "quota"):
            raise MethodNotAllowed(["GET"])
        case (_, _, _, "password"):
            raise MethodNotAllowed(["PUT"])
        case _:
            raise NotFound


async def _who(request: Request, active: Services) -> Response:
    """A page that was loaded anew learns the token for its writes here; other sites cannot read the reply (S5)."""
    caller = await active.identify(request)
    document = schemas.me_document(await _accounts(active).account_of(caller), caller)
    credential = request.credential(active.settings)
    if credential and credential.is_cookie:
        document["csrf_token"] = csrf_token(active.settings.secret_key, caller.session_digest)
    return json_response(document)


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
    return Accounts(
        accounts=active.accounts,
        sessions=active.sessions,
        passwords=active.passwords,
        mails=Mails(active.bus, active.new_id),
        gate=_gate(active),
        throttles=active.settings.throttles,
        reaches_people=active.settings.mail.reaches_people,
        clock=active.clock,
        new_id=active.new_id,
    )


def _recovery(active: Services) -> Recovery:
    return Recovery(
        accounts=active.accounts,
        sessions=active.sessions,
        mail_tokens=active.mail_tokens,
        passwords=active.passwords,
        mails=Mails(active.bus, active.new_id),
        gate=_gate(active),
        throttles=active.settings.throttles,
        clock=active.clock,
    )


def _gate(active: Services) -> Gate:
    return Gate(active.attempts, active.audit, active.clock, active.settings.secret_key)


def _network(request: Request, active: Services) -> str:
    return request.client_network(active.settings.trusted_proxy_hops)


def _signed_out(request: Request, active: Services) -> Response:
    """The session is dead; a browser that came with its cookie is told to forget it."""
    credential = request.credential(active.settings)
    reply = empty_response()
    return _with_cookie(reply, cleared_cookie(active.settings)) if credential and credential.is_cookie else reply


def _with_cookie(reply: Response, cookie: str) -> Response:
    reply.headers["Set-Cookie"] = cookie
    return reply
