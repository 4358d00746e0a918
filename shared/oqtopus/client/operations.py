"""Every operation of the contract as the call that it takes, named as the contract names it."""

import re
from collections.abc import Mapping, Sequence

from oqtopus.client import health, values
from oqtopus.client.calls import HOPS_HEADER, KEY_HEADER, Call, as_value, nothing, pem
from oqtopus.client.replies import STREAM_TYPE, Reply

_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")


def search(query: str, idempotency_key: str, hops: str | None = None) -> Call[None]:
    """The reply is a stream, which its reader reads."""
    headers = {"Accept": STREAM_TYPE, KEY_HEADER: idempotency_key} | ({} if hops is None else {HOPS_HEADER: hops})
    return Call(method="POST", path="/v1/search", body={"query": query}, headers=headers, read=nothing)


def register(email: str, password: str, username: str | None = None) -> Call[values.Account | None]:
    body = _given(email=email, password=password, username=username)
    return Call(method="POST", path="/v1/accounts", body=body, read=_account_or_mail, signed=False)


def _account_or_mail(reply: Reply) -> values.Account | None:
    """None where a mail is on its way, which says whether there is a new account."""
    return None if reply.status == 202 else as_value(values.Account)(reply)


def ask_for_verification(email: str) -> Call[None]:
    path = "/v1/email-verifications"
    return Call(method="POST", path=path, body={"email": email}, read=nothing, signed=False)


def verify_address(mail_token: str) -> Call[None]:
    path = f"/v1/email-verifications/{_id(mail_token)}"
    return Call(method="POST", path=path, read=nothing, signed=False)


def ask_for_reset(email: str) -> Call[None]:
    return Call(method="POST", path="/v1/password-resets", body={"email": email}, read=nothing, signed=False)


def reset_password(mail_token: str, password: str) -> Call[None]:
    path = f"/v1/password-resets/{_id(mail_token)}"
    return Call(method="POST", path=path, body={"password": password}, read=nothing, signed=False)


def log_in(email: str, password: str) -> Call[values.Login]:
    body = {"email": email, "password": password}
    return Call(method="POST", path="/v1/sessions", body=body, read=as_value(values.Login), signed=False)


def log_out() -> Call[None]:
    return Call(method="DELETE", path="/v1/sessions/current", read=nothing)


def who_am_i() -> Call[values.Me]:
    return Call(method="GET", path="/v1/me", read=as_value(values.Me))


def change_password(current_password: str, new_password: str) -> Call[None]:
    body = {"current_password": current_password, "new_password": new_password}
    return Call(method="PUT", path="/v1/me/password", body=body, read=nothing)


def read_quota() -> Call[values.Quota]:
    return Call(method="GET", path="/v1/me/quota", read=as_value(values.Quota))


def create_token(name: str, scope: str | None = None, expires_in_days: int | None = None) -> Call[values.NewToken]:
    body = _given(name=name, scope=scope, expires_in_days=expires_in_days)
    return Call(method="POST", path="/v1/tokens", body=body, read=as_value(values.NewToken))


def list_tokens() -> Call[tuple[values.Token, ...]]:
    return Call(method="GET", path="/v1/tokens", read=lambda reply: as_value(values.Tokens)(reply).tokens)


def revoke_token(token_id: str) -> Call[None]:
    return Call(method="DELETE", path=f"/v1/tokens/{_id(token_id)}", read=nothing)


def register_agent(
    *,
    name: str,
    url: str,
    categories: Sequence[str],
    orchestrator_id: str,
    description: str = "",
    public: bool = False,
) -> Call[values.Agent]:
    body = {
        "name": name,
        "url": url,
        "categories": list(categories),
        "orchestrator_id": orchestrator_id,
        "description": description,
        "public": public,
    }
    return Call(method="POST", path="/v1/agents", body=body, read=as_value(values.Agent))


def list_agents(*, category: str | None = None, text: str | None = None) -> Call[tuple[values.Agent, ...]]:
    query = {name: value for name, value in (("category", category), ("q", text)) if value is not None}
    return Call(method="GET", path="/v1/agents", query=query, read=_agents)


def list_own_agents() -> Call[tuple[values.Agent, ...]]:
    return Call(method="GET", path="/v1/me/agents", read=_agents)


def _agents(reply: Reply) -> tuple[values.Agent, ...]:
    return as_value(values.AgentList)(reply).agents


def read_agent(agent_id: str) -> Call[values.Agent]:
    return Call(method="GET", path=f"/v1/agents/{_id(agent_id)}", read=as_value(values.Agent))


def change_agent(
    agent_id: str,
    *,
    name: str | None = None,
    url: str | None = None,
    categories: Sequence[str] | None = None,
    description: str | None = None,
    public: bool | None = None,
) -> Call[values.Agent]:
    named = None if categories is None else list(categories)
    body = _given(name=name, url=url, categories=named, description=description, public=public)
    return Call(method="PATCH", path=f"/v1/agents/{_id(agent_id)}", body=body, read=as_value(values.Agent))


def remove_agent(agent_id: str) -> Call[None]:
    return Call(method="DELETE", path=f"/v1/agents/{_id(agent_id)}", read=nothing)


def verify_agent(agent_id: str) -> Call[values.Agent]:
    return Call(method="POST", path=f"/v1/agents/{_id(agent_id)}/verify", read=as_value(values.Agent))


def read_agent_health(agent_id: str) -> Call[health.AgentHealth]:
    return Call(method="GET", path=f"/v1/agents/{_id(agent_id)}/health", read=as_value(health.AgentHealth))


def read_agent_key(agent_id: str, version: str | None = None) -> Call[str]:
    query = {} if version is None else {"version": version}
    return Call(method="GET", path=f"/v1/agents/{_id(agent_id)}/key.pem", query=query, read=pem)


def start_key_rotation(agent_id: str) -> Call[values.Agent]:
    return Call(method="POST", path=f"/v1/agents/{_id(agent_id)}/keys", read=as_value(values.Agent))


def activate_key(agent_id: str) -> Call[values.Agent]:
    return Call(method="POST", path=f"/v1/agents/{_id(agent_id)}/keys/activate", read=as_value(values.Agent))


def list_categories() -> Call[tuple[values.TaxonomyCategory, ...]]:
    return Call(
        method="GET",
        path="/v1/categories",
        read=lambda reply: as_value(values.Taxonomy)(reply).categories,
        signed=False,
    )


def contact(*, name: str, email: str, message: str) -> Call[None]:
    body = {"name": name, "email": email, "message": message}
    return Call(method="POST", path="/v1/contact", body=body, read=nothing, signed=False)


def _given(**members: object) -> Mapping[str, object]:
    """The members that were given; the server has defaults for the others."""
    return {name: value for name, value in members.items() if value is not None}


def _id(text: str) -> str:
    """An id as part of a path; nothing else becomes one."""
    if not _IDENTIFIER.fullmatch(text):
        raise ValueError("An id has 1 to 64 letters, digits, hyphens and underscores.")
    return text
