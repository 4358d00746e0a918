"""What `pip install .` puts where."""

import re
import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from infra.locks import direct

SOURCES = {"oqtopus": Path("shared/oqtopus"), "functions": Path("functions"), "infra": Path("infra")}
# What only developing needs.
LEFT_OUT = ("infra/decisions/", "infra/requirements/", "infra/routing/", "infra/scanners/")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    arguments = ["build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run([sys.executable, "-m", "hatchling", *arguments], check=True, capture_output=True, timeout=60)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_the_wheel_has_every_file_that_serving_needs(wheel: zipfile.ZipFile) -> None:
    expected = {
        f"{package}/{file.relative_to(folder).as_posix()}"
        for package, folder in SOURCES.items()
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    packed = {name for name in wheel.namelist() if not name.startswith("oqtopus-")}

    assert packed == {name for name in expected if not name.startswith(LEFT_OUT)}


def test_the_wheel_needs_what_running_needs(wheel: zipfile.ZipFile) -> None:
    [path] = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    needed = message_from_bytes(wheel.read(path)).get_all("Requires-Dist") or []
    bounds = [re.fullmatch(r"([a-z0-9.-]+)>=[0-9.]+(; python_full_version [<>=]+ '3\.\d+')?", line) for line in needed]

    assert None not in bounds
    assert {bound[1] for bound in bounds if bound is not None} == direct("run")


def test_the_wheel_brings_the_command(wheel: zipfile.ZipFile) -> None:
    [path] = [name for name in wheel.namelist() if name.endswith(".dist-info/entry_points.txt")]

    assert wheel.read(path).decode().split("\n")[:2] == ["[console_scripts]", "oqtopus = oqtopus.cli:main"]
