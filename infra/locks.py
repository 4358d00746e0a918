"""The locks: one hash-pinned requirements file for each dependency group of `pyproject.toml` that is installed."""

import argparse
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

LOCKS = Path("infra/requirements")
GROUPS = ("auth", "registration", "search", "probe", "notify", "web", "run", "dev")
# Tools that live in an environment of their own, and pin what they like.
TOOLS = ("checkov",)


def resolve(group: str, lock: Path) -> None:
    """Resolve a group for every supported Python; `dev` holds the versions of all groups that are no tools."""
    constraints = [] if group in ("dev", *TOOLS) else ["--constraints", str(LOCKS / "dev.txt")]
    subprocess.run(
        [
            *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
            *("--generate-hashes", "--no-emit-index-url", "--no-annotate", "--custom-compile-command", "make lock"),
            *constraints,
            *("--group", f"pyproject.toml:{group}", "--output-file", str(lock)),
        ],
        check=True,
    )


def pinned(lock: Path) -> dict[str, str]:
    """The version of each package that a lock pins."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ;]+)", "\n".join(lines), re.MULTILINE))


def direct(group: str) -> set[str]:
    """The packages that a dependency group of `pyproject.toml` names, its included groups with it."""
    groups = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    named: set[str] = set()
    for entry in groups[group]:
        named |= {entry.partition("[")[0]} if isinstance(entry, str) else direct(entry["include-group"])
    return named


def faults() -> Iterator[str]:
    """What is wrong with the locks as they stand, without asking any index."""
    versions = pinned(LOCKS / "dev.txt")
    for group in (*GROUPS, *TOOLS):
        lock = LOCKS / f"{group}.txt"
        if missing := direct(group) - pinned(lock).keys():
            yield f"{lock} does not pin {', '.join(sorted(missing))}; run make lock"
        different = {name for name, version in pinned(lock).items() if versions.get(name) != version}
        if different and group not in TOOLS:
            yield f"{lock} disagrees with dev.txt on {', '.join(sorted(different))}; run make lock"
        if re.search(r"https?://|^-", lock.read_text(encoding="utf-8"), re.MULTILINE):
            yield f"{lock} names a host or an option"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.locks", description="Resolve or check the locks.")
    parser.add_argument("--check", action="store_true", help="only say whether the locks fit pyproject.toml")
    if parser.parse_args().check:
        found = list(faults())
        print("\n".join(found) or f"Locks fit: {', '.join(GROUPS)}.")
        return 1 if found else 0
    for group in ("dev", *GROUPS, *TOOLS):
        resolve(group, LOCKS / f"{group}.txt")
    return 0


if __name__ == "__main__":
    sys.exit(main())
