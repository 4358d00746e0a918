"""`make package`: one zip for each function, the same bytes from the same sources.

A zip holds what Cloud Run functions expects at its root: `main.py` with the entry point, and `requirements.txt`. Beside
them lie the function's own package and the shared library. Next to the zip its bill of materials is put (CycloneDX).
"""

import hashlib
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from infra.bill_of_materials import bill_of_materials
from infra.locks import LOCKS
from infra.manifest import Function, load_manifest

BUILD = Path("build")
LIBRARY = Path("shared/oqtopus")

# The earliest time that a zip can hold: a build must not depend on when files were checked out.
_TIMESTAMP = (1980, 1, 1, 0, 0, 0)
_PERMISSIONS = 0o644 << 16


def package(function: Function, build: Path = BUILD) -> Path:
    """Build the function's zip and return its path."""
    build.mkdir(parents=True, exist_ok=True)
    archive = build / f"{function.name}.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for name, content in sorted(_members(function)):
            member = zipfile.ZipInfo(name, _TIMESTAMP)
            member.external_attr = _PERMISSIONS
            member.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(member, content)
    return archive


def write_bill(function: Function, build: Path = BUILD) -> Path:
    """Write the function's bill of materials and return its path."""
    build.mkdir(parents=True, exist_ok=True)
    file = build / f"{function.name}.cdx.json"
    lock = LOCKS / f"{function.requirements}.txt"
    file.write_text(bill_of_materials(function.name, lock), encoding="utf-8")
    return file


def _members(function: Function) -> Iterator[tuple[str, bytes]]:
    yield "main.py", _entry_point(function).encode()
    yield "requirements.txt", (LOCKS / f"{function.requirements}.txt").read_bytes()
    yield "functions/__init__.py", Path("functions/__init__.py").read_bytes()
    for folder, root in ((function.source, function.source.as_posix()), (LIBRARY, LIBRARY.name)):
        for file in folder.rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                yield f"{root}/{file.relative_to(folder).as_posix()}", file.read_bytes()


def _entry_point(function: Function) -> str:
    imported = f"from {function.module} import {function.entry_point}"
    return f'"""Where the platform finds the function."""\n\n{imported}\n\n__all__ = ["{function.entry_point}"]\n'


def main() -> int:
    for function in load_manifest().functions:
        archive = package(function)
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        bill = write_bill(function)
        print(f"{bill}  {bill.stat().st_size / 1024:,.0f} KiB")
        print(f"{archive}  {archive.stat().st_size / 1024:,.0f} KiB  sha256:{digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
