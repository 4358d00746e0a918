"""The wheel in a folder of its own: served and asked from another folder, which holds something of the same name."""

import signal
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.fakes.command import Installed
from tests.fakes.system import free_row, running


def test_what_is_installed_serves_and_asks_from_anywhere(tmp_path: Path) -> None:
    arguments = ["build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run([sys.executable, "-m", "hatchling", *arguments], check=True, capture_output=True, timeout=60)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        wheel.extractall(tmp_path / "installed")
    elsewhere = tmp_path / "elsewhere"
    for package in ("infra", "functions", "oqtopus"):
        (elsewhere / package).mkdir(parents=True)
        (elsewhere / package / "__init__.py").write_text("raise SystemExit('not this one')")
    place = {"PYTHONPATH": str(tmp_path / "installed"), "DEMO": "1", "DEMO_PORT": str(free_row(3))}

    with running(elsewhere, "oqtopus.cli", ("serve",), **place) as system:
        command = Installed(elsewhere, system.url, {"PYTHONPATH": place["PYTHONPATH"]})
        asked = command.piped("ask", "What are good science fiction movies from the 1990s?")
        system.process.send_signal(signal.SIGINT)
        status = system.process.wait(15)

    assert asked.returncode == 0
    assert "[1] Film guide" in asked.stdout
    assert status == 0
