"""Steps that tests of the auth function are made of."""

import httpx

EMAIL, PASSWORD = "ada@example.org", "correct horse battery"
JSON = {"Content-Type": "application/json"}


async def register(client: httpx.AsyncClient, **changes: object) -> httpx.Response:
    return await client.post("/v1/accounts", json={"email": EMAIL, "password": PASSWORD} | changes)


async def log_in(client: httpx.AsyncClient, email: str = EMAIL, password: str = PASSWORD) -> httpx.Response:
    return await client.post("/v1/sessions", json={"email": email, "password": password})


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
