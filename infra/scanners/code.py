"""Dangerous calls in our own code, by bandit."""

import json
import subprocess
import sys
from collections.abc import Sequence

from infra.scanners.findings import Finding

FOLDERS = ("shared", "functions", "infra")


def dangerous_calls(folders: Sequence[str] = FOLDERS) -> Sequence[Finding]:
    arguments = [*("--quiet", "--recursive", "--configfile", "pyproject.toml", "--format", "json"), *folders]
    run = subprocess.run([sys.executable, "-m", "bandit", *arguments], check=False, capture_output=True, text=True)
    if run.returncode > 1:
        raise RuntimeError(run.stderr)
    document = json.loads(run.stdout)
    if document["errors"]:
        raise RuntimeError(document["errors"])
    return [
        Finding(
            "code", issue["test_id"], issue["filename"].removeprefix("./"), issue["issue_text"], issue["line_number"]
        )
        for issue in document["results"]
    ]
