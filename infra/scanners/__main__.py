"""`python -m infra.scanners code secrets packages`: 0 when nothing is found, 1 for findings, 3 when nobody answered."""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from infra.scanners.code import dangerous_calls
from infra.scanners.findings import Finding, NotAsked, faults, waivers
from infra.scanners.packages import vulnerable_versions
from infra.scanners.secrets import files_of_the_tree, secrets_in

SCANNERS: Mapping[str, Callable[[], Sequence[Finding]]] = {
    "code": dangerous_calls,
    "secrets": lambda: secrets_in(files_of_the_tree()),
    "packages": vulnerable_versions,
}


def scan(name: str) -> int:
    """Run one scanner and tell its faults."""
    begun = time.monotonic()
    try:
        found = list(faults(name, SCANNERS[name](), waivers(), datetime.now(UTC).date()))
    except NotAsked as reason:
        print(f"NOT CHECKED: {name}: {reason}. Run `make audit` where there is a network.", file=sys.stderr)
        return 3
    print("\n".join(found) or f"Nothing found: {name} ({time.monotonic() - begun:.1f} s).")
    return 1 if found else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.scanners", description="Look for what must not go in.")
    parser.add_argument("scanner", nargs="+", choices=list(SCANNERS))
    parser.add_argument("--may-be-offline", action="store_true", help="say what could not be asked, and end well")
    asked = parser.parse_args()
    results = [scan(name) for name in asked.scanner]
    return max(0 if result == 3 and asked.may_be_offline else result for result in results)


if __name__ == "__main__":
    sys.exit(main())
