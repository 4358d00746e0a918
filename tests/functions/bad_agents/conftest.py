"""The bad agents, standing in a process of their own while this package's tests run."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the agents are, whose certificates those with TLS have, and the server that nobody may call."""

    origins: Mapping[str, str]
    authority: str
    canary: socket.socket

    @property
    def canary_was_called(self) -> bool:
        try:
            self.canary.accept()[0].close()
        except BlockingIOError:
            return False
        return True


def environment() -> Mapping[str, str]:
    """For processes of their own, which know nothing of pytest's path."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(["shared", "."])}


@pytest.fixture(scope="package")
def standing() -> Iterator[Standing]:
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.setblocking(False)
        origin = f"http://127.0.0.1:{canary.getsockname()[1]}"
        with subprocess.Popen(
            [sys.executable, "-m", "tests.fakes.bad_agents", origin],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(),
        ) as process:  # fmt: skip
            assert process.stdin is not None and process.stdout is not None, "pipes were asked for"
            yield Standing(**json.loads(process.stdout.readline()), canary=canary)
            process.stdin.close()
            assert process.wait(10) == 0
