"""`make run` as a newcomer meets it: start, ask, stop, start again."""

import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.e2e.owner import register_agent, search, sign_up, types
from tests.fakes.system import free_row, running

PASSWORD = "a long enough passphrase"


def test_the_demo_answers_and_everything_stops_on_ctrl_c(tmp_path: Path) -> None:
    first_port = free_row(3)
    with running(tmp_path, DEMO="1", DEMO_PORT=str(first_port)) as system:
        with httpx.Client(base_url=system.url, trust_env=False, timeout=30) as http:
            film = search(http, "What are good science fiction movies from the 1990s?")
            code = search(http, "How do I parse JSON in Python?")
            listed = http.get("/v1/agents").json()["agents"]

        status = system.interrupt()

    assert film[-1]["sources"][0]["name"] == "Film guide"
    assert "json.loads" in code[-1]["data"]
    assert {agent["status"] for agent in listed} == {"active"}
    assert len(listed) == 3
    assert status == 0
    assert f"curl -N {system.url}/v1/search" in system.output
    assert "raised to 1000" in system.output
    assert "embedded" in system.output
    for port in range(first_port, first_port + 3):
        assert not _is_open(port)


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    with (
        running(tmp_path, QUOTA_USER_PER_DAY="5") as system,
        httpx.Client(base_url=system.url, trust_env=False) as http,
    ):
        owner = sign_up(http)
        token = http.post("/v1/tokens", json={"name": "kept"}, headers=owner).json()["token"]
        search(http, "hello", owner)
        system.process.send_signal(signal.SIGKILL)
        system.process.wait()

    with (
        running(tmp_path, QUOTA_USER_PER_DAY="5") as system,
        httpx.Client(base_url=system.url, trust_env=False) as http,
    ):
        events = search(http, "hello", {"Authorization": f"Bearer {token}"})

        assert types(events)[0] == "quota"
        assert events[0]["data"]["remaining"] == 3
        assert http.get("/v1/me", headers=owner).status_code == 200


def test_secrets_and_data_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    with running(tmp_path / "home"):
        pass

    assert stat.S_IMODE((tmp_path / "home" / "secrets.env").stat().st_mode) == 0o600


def test_production_refuses_to_start_without_its_secrets(tmp_path: Path) -> None:
    from oqtopus.config import Settings
    from oqtopus.errors import ConfigurationError

    try:
        Settings.from_environ({"APP_ENV": "production"})
    except ConfigurationError as error:
        assert "SECRET_KEY" in str(error)
    else:
        raise AssertionError("production started without secrets")


def test_a_port_in_use_is_told_in_one_line(tmp_path: Path) -> None:
    with running(tmp_path / "first") as system:
        port = system.url.rpartition(":")[2]
        environ = {"PORT": port, "OQTOPUS_HOME": str(tmp_path / "second"), "DEMO": "0"}

        second = subprocess.run(
            [sys.executable, "-m", "infra.run"],
            env={**os.environ, **environ},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    assert second.returncode == 1
    assert second.stderr.splitlines()[-1] == f"oqtopus did not start: Port {port} is in use; choose another with PORT."


def test_sigterm_stops_as_cleanly_as_ctrl_c(tmp_path: Path) -> None:
    with running(tmp_path) as system:
        system.process.terminate()

        assert system.process.wait(15) == 0


def test_other_secrets_than_the_keys_were_sealed_with_refuse_to_start(tmp_path: Path) -> None:
    with running(tmp_path) as system, httpx.Client(base_url=system.url, trust_env=False) as http:
        register_agent(http, sign_up(http), "https://films.example.com")

    with pytest.raises(AssertionError, match="SECRET_KEY"), running(tmp_path, SECRET_KEY="another secret of 16+"):
        pass


@pytest.mark.parametrize(
    "head",
    [
        "GET /v1/me HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        "BREW /v1/me HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /v1/me HTTP/1.1\r\nHost: a\r\nX: " + "x" * 100_000 + "\r\n\r\n",
        "GET /v1/me HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "nonsense\r\n\r\n",
    ],
    ids=["upgrade", "method", "large head", "two lengths", "nonsense"],
)
def test_an_odd_request_head_is_refused_and_never_a_fault_of_ours(tmp_path: Path, head: str) -> None:
    with running(tmp_path) as system:
        host, port = system.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(head.encode())
            status = int(connection.recv(65_536).split(b" ")[1])

    assert 400 <= status < 500


def _is_open(port: int) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False)
    except httpx.TransportError:
        return False
    return True
