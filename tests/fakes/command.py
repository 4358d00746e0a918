"""The command `oqtopus` in a process of its own, as it is installed."""

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.terminal import PATIENCE_SECONDS, Terminal, terminal

ROOT = Path(__file__).parents[2]
WORDS = (sys.executable, "-P", "-m", "oqtopus.cli")


@dataclass(frozen=True, slots=True)
class Installed:
    """The command for a user whose home is `home` and whose server is at `url`."""

    home: Path
    url: str
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        return {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{ROOT / 'shared'}:{ROOT}",
            "LANG": "C.UTF-8",
            "OQTOPUS_URL": self.url,
            **self.extra,
        }

    def piped(self, *words: str, given: str = "") -> "subprocess.CompletedProcess[str]":
        """Run it with pipes on all sides."""
        return subprocess.run(
            [*WORDS, *words],
            input=given,
            env=self.environ,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    def in_terminal(self, *words: str, **environ: str) -> AbstractContextManager[Terminal]:
        """Run it where somebody watches."""
        return terminal([*WORDS, *words], {**self.environ, **environ}, self.home)

    def in_shell(self, script: str, **environ: str) -> AbstractContextManager[Terminal]:
        """Run a script of bash in which `oqtopus` is the command."""
        words = " ".join(f"'{word}'" for word in WORDS)
        bash = ["bash", "--norc", "-e", "-o", "pipefail", "-c", f'oqtopus() {{ {words} "$@"; }}\n{script}']
        return terminal(bash, {**self.environ, **environ}, self.home)
