"""Starts the emulators, each in a process of its own, and stops them by pid."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import httpx

from infra.emulators.sdk import Sdk, find_sdk
from oqtopus.errors import ConfigurationError

HOST: Final = "127.0.0.1"
START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 5.0
PROJECT: Final = "demo-oqtopus"
RULES: Final = Path(__file__).parent.parent / "firestore.rules"


@dataclass(frozen=True, slots=True)
class Ports:
    """Where each emulator listens on loopback."""

    firestore: int = 8681
    pubsub: int = 8682
    secret_manager: int = 8683


def ports_of(environ: Mapping[str, str]) -> Ports:
    """The ports, `EMULATOR_PORT` and the two after it when it is set."""
    first = environ.get("EMULATOR_PORT") or ""
    if first and not (first.isdecimal() and 0 < int(first) < 65_534):
        raise ConfigurationError("EMULATOR_PORT must be a port number.")
    return Ports(*range(int(first), int(first) + 3)) if first else Ports()


class EmulatorFailed(Exception):
    """An emulator ended or did not get ready; its own words are in its log."""


@contextmanager
def running_emulators(ports: Ports, logs: Path) -> Iterator[dict[str, str]]:
    """All three emulators run inside the block; what the functions' environment must say to reach them."""
    sdk = find_sdk()
    _check_free(ports)
    logs.mkdir(parents=True, exist_ok=True)
    started: list[subprocess.Popen[bytes]] = []
    try:
        for name, command in _commands(sdk, ports).items():
            with (logs / f"{name}.log").open("wb") as log:
                started.append(_process(command, log))
        wait_until_ready(f"http://{HOST}:{ports.firestore}/", started[0])
        wait_until_ready(f"http://{HOST}:{ports.pubsub}/", started[1])
        wait_for_port(ports.secret_manager, started[2])
        _warm_up(ports.firestore)
        yield environment(ports)
    finally:
        stop_all(started)


def _warm_up(port: int) -> None:
    """The first commit of a new emulator takes seconds on a busy machine, more than a function gives it."""
    documents = f"http://{HOST}:{port}/v1/projects/{PROJECT}/databases/(default)/documents"
    writes = [{"delete": documents.partition("/v1/")[2] + "/warm/up"}]
    httpx.post(
        f"{documents}:commit",
        json={"writes": writes},
        headers={"Authorization": "Bearer owner"},
        timeout=START_SECONDS,
        trust_env=False,
    ).raise_for_status()


def _check_free(ports: Ports) -> None:
    """Another's emulator on the same port would be taken for ours, and its data with it."""
    for port in (ports.firestore, ports.pubsub, ports.secret_manager):
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                raise EmulatorFailed(f"Port {port} of an emulator is in use; EMULATOR_PORT moves all three.")


def environment(ports: Ports, project: str = PROJECT) -> dict[str, str]:
    """The variables of the Google backends on these ports."""
    return {
        "GOOGLE_CLOUD_PROJECT": project,
        "STORE": "firestore",
        "PK_STORAGE_TYPE": "secret_manager",
        "BUS": "pubsub",
        "FIRESTORE_EMULATOR_HOST": f"{HOST}:{ports.firestore}",
        "PUBSUB_EMULATOR_HOST": f"{HOST}:{ports.pubsub}",
        "SECRET_MANAGER_EMULATOR_HOST": f"{HOST}:{ports.secret_manager}",
    }


def firestore_command(sdk: Sdk, port: int) -> list[str]:
    """The Firestore emulator with our rules; server clients pass by them, everyone else is held to them."""
    # Its messages are parsed by nobody, but some locales break its start.
    java = [str(sdk.java), "-Xmx512m", "-Duser.language=en", "-cp", str(sdk.firestore)]
    main = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
    return [*java, main, f"--host={HOST}", f"--port={port}", f"--rules={RULES}"]


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Until the URL answers 200; `EmulatorFailed` when the process ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(trust_env=False) as http:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if http.get(url).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                time.sleep(0.05)  # The port is not open yet; there is nothing to wait on but time.
    raise EmulatorFailed(f"{process.args!r} did not get ready on {url}; exit status {process.poll()}.")


def wait_for_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Until something listens on the port; for servers that do not speak HTTP/1."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)  # As above: nobody tells when a port opens.
    raise EmulatorFailed(f"{process.args!r} did not get ready on port {port}; exit status {process.poll()}.")


def stop_all(processes: Sequence["subprocess.Popen[bytes]"]) -> None:
    """Ask all of them to end, then end those that have not."""
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _commands(sdk: Sdk, ports: Ports) -> dict[str, list[str]]:
    pubsub = [str(sdk.java), "-Xmx256m", "-jar", str(sdk.pubsub), f"--host={HOST}", f"--port={ports.pubsub}"]
    double = [sys.executable, "-m", "infra.emulators.secret_manager", "--port", str(ports.secret_manager)]
    return {"firestore": firestore_command(sdk, ports.firestore), "pubsub": pubsub, "secret_manager": double}


def _process(command: list[str], log: IO[bytes]) -> "subprocess.Popen[bytes]":
    # In a session of its own, Ctrl-C reaches the parent alone, which then stops what it started in order.
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
