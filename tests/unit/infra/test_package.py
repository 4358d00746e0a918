import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra.manifest import Function, load_manifest
from infra.package import package
from tests.fakes.system import free_ports, stop, wait_for

FUNCTIONS = load_manifest().functions


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_the_same_sources_make_the_same_bytes(function: Function, tmp_path: Path) -> None:
    first = package(function, tmp_path / "first").read_bytes()
    second = package(function, tmp_path / "second").read_bytes()

    assert first == second


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_a_package_serves_on_its_own(function: Function, tmp_path: Path) -> None:
    with zipfile.ZipFile(package(function, tmp_path)) as archive:
        archive.extractall(tmp_path / "source")
    port = free_ports(1)[0]
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    arguments = ["--target", function.entry_point, "--host", "127.0.0.1", "--port", str(port)]

    process = subprocess.Popen(
        [sys.executable, "-m", "functions_framework", *arguments], cwd=tmp_path / "source", env=environ
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", process)
    finally:
        stop(process)


def test_a_package_ships_the_data_that_its_code_reads(tmp_path: Path) -> None:
    search = next(function for function in FUNCTIONS if function.name == "search")

    with zipfile.ZipFile(package(search, tmp_path)) as archive:
        names = set(archive.namelist())

    assert {
        "main.py",
        "requirements.txt",
        "oqtopus/adapters/embedded/head.npz",
        "oqtopus/adapters/embedded/minilm_vocab.txt",
        "oqtopus/security/common_passwords.txt",
    } <= names
