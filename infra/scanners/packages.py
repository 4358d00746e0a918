"""Pinned versions with known vulnerabilities, by pip-audit; there is no answer without the network.

The service is OSV, the open database of vulnerabilities. pip-audit ends well also when its service knows nothing of a
package: that is told here as what it is, an answer that nobody gave.
"""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from infra.locks import LOCKS
from infra.scanners.findings import Finding, NotAsked

_SERVICE = "osv"
_PROBE = "https://api.osv.dev/v1/vulns/PYSEC-2021-142"
_ANSWER_SECONDS = 5.0
_AUDIT_SECONDS = 600.0


def vulnerable_versions(lock: Path = LOCKS / "run.txt") -> Sequence[Finding]:
    """Findings in a lock; `NotAsked` when the service does not answer, or not for every package."""
    if not _answers(_PROBE):
        raise NotAsked(f"{_PROBE} does not answer")
    return findings_in(_audited(lock))


def findings_in(report: str) -> Sequence[Finding]:
    """The findings in pip-audit's JSON."""
    dependencies = json.loads(report)["dependencies"]
    if skipped := [entry["name"] for entry in dependencies if "skip_reason" in entry]:
        raise NotAsked(f"the service knows nothing of {', '.join(skipped[:5])} ({len(skipped)} packages)")
    return [
        Finding("packages", fault["id"], entry["name"], f"in {entry['version']}; mended in {fault['fix_versions']}")
        for entry in dependencies
        for fault in entry["vulns"]
    ]


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=_ANSWER_SECONDS) as response:
            return int(response.status) == 200
    except (urllib.error.URLError, TimeoutError):
        return False


def _audited(lock: Path) -> str:
    arguments = ["--vulnerability-service", _SERVICE, "--require-hashes", "--disable-pip", "--format", "json"]
    run = subprocess.run(
        [sys.executable, "-m", "pip_audit", *arguments, "--progress-spinner", "off", "--requirement", str(lock)],
        check=False,
        capture_output=True,
        text=True,
        timeout=_AUDIT_SECONDS,
    )
    if not run.stdout:
        raise NotAsked(f"pip-audit broke off: {run.stderr.strip().splitlines()[-1:]}")
    return run.stdout
