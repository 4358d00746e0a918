"""The whole of oqtopus in a process of its own, started as `make run` starts it, stopped by pid."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

START_SECONDS = 60.0
STOP_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class System:
    """Where it listens, which process it is, and what it has printed."""

    url: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def interrupt(self) -> int:
        """Ctrl-C; the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOP_SECONDS)

    @property
    def output(self) -> str:
        return self.log.read_text(encoding="utf-8")


def free_ports(count: int) -> list[int]:
    """Ports that nobody listened on a moment ago."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


def free_row(count: int) -> int:
    """The first of `count` free ports in a row, below those that the system hands out by itself.

    Tests that run side by side look each in a range of their own: a port is free until somebody else takes it.
    """
    lowest = 20_000 + 1_000 * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 10)
    for first in range(lowest, lowest + 1_000, count):
        listeners: list[socket.socket] = []
        try:
            listeners.extend(socket.create_server(("127.0.0.1", first + place)) for place in range(count))
        except OSError:
            continue
        finally:
            for listener in listeners:
                listener.close()
        return first
    raise AssertionError("no free ports in a row")


@contextmanager
def running(home: Path, module: str = "infra.run", words: Sequence[str] = (), **environ: str) -> Iterator[System]:
    """oqtopus on a free port with its data in `home`, without demo agents unless `DEMO=1` is given.

    With a PYTHONPATH of its own it runs in `home`, like something that was installed.
    """
    port = free_ports(1)[0]
    home.mkdir(parents=True, exist_ok=True)
    log = home / f"output-{port}.txt"
    settings = {"DEMO": "0", "LOG_LEVEL": "INFO", "OQTOPUS_HOME": str(home), "PORT": str(port), **environ}
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, *words],
            env=_environment(settings),
            cwd=home if "PYTHONPATH" in environ else None,
            stdout=output,
            stderr=output,
        )
    system = System(f"http://127.0.0.1:{port}", process, log)
    try:
        _wait_until_ready(system)
        yield system
    finally:
        stop(process)


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Ask the process to end, and end it when it does not."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Until the URL answers 200, or the process has ended, or too much time has passed."""
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(trust_env=False) as http:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if http.get(url).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)  # The port is not open yet; there is nothing to wait on but time.
    raise AssertionError(f"{url} did not answer; exit status {process.poll()}")


def _wait_until_ready(system: System) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and system.process.poll() is None:
        if "oqtopus is ready" in system.output:
            return
        time.sleep(0.05)  # The line is read from a file, which has no way to be waited on.
    raise AssertionError(f"oqtopus did not start:\n{system.output}")


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    """A newcomer's environment: the provider keys of whoever runs the tests stay out of it."""
    ours = ("GEMINI", "OPENAI", "LLM_", "SECRET_KEY", "PK_", "QUOTA", "APP_ENV", "STORE", "BUS", "MAILER", "SENDER_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return inherited | dict(settings)
