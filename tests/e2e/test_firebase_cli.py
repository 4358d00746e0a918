"""`firebase.json` works for those who use the Firebase CLI."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.emulators.sdk import EmulatorsMissing, find_sdk
from tests.fakes.firebase import firebase_program, write_launcher
from tests.fakes.system import free_ports

CLI_SECONDS = 90.0

_ASK = """
import os, sys, httpx
host = os.environ["FIRESTORE_EMULATOR_HOST"]
url = f"http://{host}/v1/projects/demo-cli/databases/(default)/documents/accounts/ada"
stranger = httpx.get(url, trust_env=False).status_code
server = httpx.get(url, headers={"Authorization": "Bearer owner"}, trust_env=False).status_code
print(f"stranger {stranger}, server {server}")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Our own configuration on ports that nobody uses."""
    configuration = json.loads(Path("firebase.json").read_text(encoding="utf-8"))
    names = ("firestore", "pubsub", "hub", "logging")
    for name, port in zip(names, free_ports(len(names)), strict=True):
        configuration["emulators"][name] = {"host": "127.0.0.1", "port": port}
    (tmp_path / "firebase.json").write_text(json.dumps(configuration), encoding="utf-8")
    for name in ("rules", "indexes"):
        (tmp_path / "infra").mkdir(exist_ok=True)
        shutil.copy(configuration["firestore"][name], tmp_path / "infra")
    return tmp_path


def test_the_emulator_starts_with_our_rules_and_indexes(project: Path) -> None:
    program = firebase_program()
    if program is None:
        pytest.skip("The Firebase CLI is not installed.")
    try:
        sdk = find_sdk()
    except EmulatorsMissing as missing:
        pytest.skip(str(missing))
    write_launcher(sdk.firestore, project / "launcher.jar")
    environ = os.environ | {"FIRESTORE_EMULATOR_BINARY_PATH": str(project / "launcher.jar"), "CI": "1"}
    (project / "ask.py").write_text(_ASK, encoding="utf-8")

    # Without Pub/Sub: on its way out the CLI kills every Pub/Sub emulator of the machine by name.
    done = subprocess.run(
        [
            *(program, "emulators:exec", "--only", "firestore", "--project", "demo-cli"),
            f"{sys.executable} {project / 'ask.py'}",
        ],
        cwd=project,
        env=environ,
        capture_output=True,
        text=True,
        timeout=CLI_SECONDS,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "stranger 403, server 404" in done.stdout
