"""Programs on the path that write down how they were called, and answer as a test has said."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

_SCRIPT = """#!{python}
import json, pathlib, sys
folder = pathlib.Path({folder!r})
called = [pathlib.Path(sys.argv[0]).name, *sys.argv[1:]]
with (folder / "calls").open("a") as calls:
    calls.write(json.dumps(called) + "\\n")
answers = json.loads((folder / "answers").read_text())
for words, outputs, status in answers:
    if all(word in called for word in words):
        sys.stdout.write(outputs[0])
        if len(outputs) > 1:
            del outputs[0]
            (folder / "answers").write_text(json.dumps(answers))
        sys.exit(status)
"""


class Programs:
    """`terraform` and `gcloud` in a folder of their own; what has no answer succeeds and says nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        (folder / "answers").write_text("[]", encoding="utf-8")
        (folder / "calls").touch()
        for name in ("gcloud", "terraform"):
            program = folder / name
            program.write_text(_SCRIPT.format(python=sys.executable, folder=str(folder)), encoding="utf-8")
            program.chmod(0o755)

    @property
    def path(self) -> str:
        return f"{self.folder}{os.pathsep}{os.environ['PATH']}"

    @property
    def calls(self) -> list[str]:
        """Every call as one line, in order."""
        lines = (self.folder / "calls").read_text(encoding="utf-8").splitlines()
        return [" ".join(json.loads(line)) for line in lines]

    def answer(self, words: Sequence[str], *outputs: object, status: int = 0) -> None:
        """Calls with all of these words get the outputs in turn, and the last for good; JSON unless it is text."""
        kept = json.loads((self.folder / "answers").read_text(encoding="utf-8"))
        texts = [output if isinstance(output, str) else json.dumps(output) for output in outputs or ("",)]
        answers = [[list(words), texts, status], *(each for each in kept if each[0] != list(words))]
        (self.folder / "answers").write_text(json.dumps(answers), encoding="utf-8")
