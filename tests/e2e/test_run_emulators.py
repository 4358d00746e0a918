"""`make run-emulators` as a contributor meets it: every function on Google's emulators, by one command."""

import socket
from pathlib import Path

import httpx

from tests.e2e.owner import search, sign_up, types
from tests.fakes.system import System, free_row, running

FILM = "What are good science fiction movies from the 1990s?"


def test_the_demo_answers_and_everything_stops_on_ctrl_c(tmp_path: Path, emulators: dict[str, str]) -> None:
    first = free_row(6)
    ports = {"DEMO_PORT": str(first), "EMULATOR_PORT": str(first + 3)}
    with running(tmp_path, "infra.run_emulators", DEMO="1", **ports) as system:
        with httpx.Client(base_url=system.url, trust_env=False, timeout=30) as http:
            events = search(http, FILM)
        status = system.interrupt()

    assert types(events)[:2] == ["quota", "category"]
    assert events[-1]["sources"][0]["name"] == "Film guide"
    assert f"FIRESTORE_EMULATOR_HOST=127.0.0.1:{first + 3}" in system.output
    assert status == 0
    for port in (*range(first, first + 6), int(system.url.rpartition(":")[2])):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_quota_and_a_revoked_token_hold_for_every_function(cloud: System) -> None:
    with httpx.Client(base_url=cloud.url, trust_env=False, timeout=30) as http:
        owner = sign_up(http)
        created = http.post("/v1/tokens", json={"name": "laptop"}, headers=owner).json()
        token = {"Authorization": f"Bearer {created['token']}"}

        remaining = [search(http, "hello", headers)[0]["data"]["remaining"] for headers in (owner, token, owner)]
        left = http.get("/v1/me/quota", headers=token).json()["remaining"]
        http.delete(f"/v1/tokens/{created['id']}", headers=owner)
        refused = http.post("/v1/search", json={"query": "hello"}, headers=token)

    assert remaining == [999, 998, 997]
    assert left == 997
    assert refused.status_code == 401
