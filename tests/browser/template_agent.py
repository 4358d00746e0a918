"""The agent that the pages offer to copy, installed as they say: a real one, guarded by rotagent."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.fakes.system import START_SECONDS, stop


class TemplateAgent:
    """Reads its keys when it starts, so that a new one needs a restart."""

    def __init__(self, port: int, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.keys = folder / "authorized_keys"
        self.keys.mkdir(parents=True)
        self._port, self._source = port, folder / "template.py"
        self._process: subprocess.Popen[bytes] | None = None

    def install(self, origin: str) -> None:
        """`curl -O …/template.py`."""
        self._source.write_bytes(httpx.get(f"{origin}/template.py", trust_env=False).raise_for_status().content)

    def start(self) -> None:
        environ = {**os.environ, "PORT": str(self._port), "KEYS_DIR": str(self.keys)}
        self._process = subprocess.Popen([sys.executable, str(self._source)], env=environ, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(0.05)  # The template says nothing when it is ready.
        raise AssertionError("the template agent did not start")

    def stop(self) -> None:
        if self._process is not None:
            stop(self._process)
