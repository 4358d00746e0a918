import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_a_served_agent_ends_cleanly_and_quietly_with_its_launcher(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    command = [sys.executable, "-m", "infra.demo.serve", "cars", "--port", str(port)]
    command += ["--keys-dir", str(tmp_path / "keys"), "--until-stdin-closes"]

    ended = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
    assert (tmp_path / "keys").is_dir()
