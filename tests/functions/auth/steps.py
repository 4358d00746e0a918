"""Steps that tests of the auth function are made of."""

import httpx

from tests.fakes.post import Post

EMAIL, PASSWORD, NEW_PASSWORD = "ada@example.org", "correct horse battery", "another horse battery"
SAME_REQUEST = {"X-Request-Id": "same-request"}
JSON = {"Content-Type": "application/json"}


async def register(client: httpx.AsyncClient, **changes: object) -> httpx.Response:
    return await client.post("/v1/accounts", json={"email": EMAIL, "password": PASSWORD} | changes)


async def log_in(client: httpx.AsyncClient, email: str = EMAIL, password: str = PASSWORD) -> httpx.Response:
    return await client.post("/v1/sessions", json={"email": email, "password": password})


async def verified(client: httpx.AsyncClient, post: Post, email: str = EMAIL) -> None:
    """A fresh account whose address was shown by the link of its mail."""
    await register(client, email=email)
    assert (await client.post(f"/v1/email-verifications/{await post.secret()}")).status_code == 204


async def ask_for_reset(client: httpx.AsyncClient, email: str = EMAIL, **headers: str) -> httpx.Response:
    return await client.post("/v1/password-resets", json={"email": email}, headers=headers)


async def reset(client: httpx.AsyncClient, secret: str, password: str = NEW_PASSWORD) -> httpx.Response:
    return await client.post(f"/v1/password-resets/{secret}", json={"password": password}, headers=SAME_REQUEST)


async def session_of(client: httpx.AsyncClient, email: str = EMAIL) -> dict[str, str]:
    """The headers of a fresh account's session."""
    await register(client, email=email)
    return bearer((await log_in(client, email)).json()["token"])


async def token_of(client: httpx.AsyncClient, session: dict[str, str], **changes: object) -> dict[str, str]:
    """The headers of a new API token."""
    made = await client.post("/v1/tokens", json={"name": "laptop"} | changes, headers=session)
    return bearer(made.json()["token"])


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def pointers(response: httpx.Response) -> list[str]:
    return [fault["pointer"] for fault in response.json()["errors"]]
