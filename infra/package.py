"""`make package`: one zip for each function, the same bytes from the same sources, named by its content.

A zip holds what Cloud Run functions expects at its root: `main.py` with the entry point, and `requirements.txt`. Beside
them lie the function's own package and the shared library. Next to the zip its bill of materials is put (CycloneDX),
and an index of all zips, which Terraform reads.
"""

import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from infra.bill_of_materials import bill_of_materials
from infra.locks import LOCKS, pinned
from infra.manifest import Function, load_manifest

BUILD = Path("build")
INDEX = "packages.json"
LIBRARY = Path("shared/oqtopus")

# The embedded model's own part of the library is 2 MB of figures, for functions whose lock has what runs them.
_EMBEDDED = LIBRARY / "adapters" / "embedded"
_RUNS_EMBEDDED = "onnxruntime"

# The earliest time that a zip can hold: a build must not depend on when files were checked out.
_TIMESTAMP = (1980, 1, 1, 0, 0, 0)
_PERMISSIONS = 0o644 << 16


def package(function: Function, build: Path = BUILD) -> Path:
    """Build the function's zip, in place of an older one, and return its path."""
    build.mkdir(parents=True, exist_ok=True)
    content = _zipped(sorted(_members(function)))
    archive = build / f"{function.name}-{hashlib.sha256(content).hexdigest()[:16]}.zip"
    for older in build.glob(f"{function.name}-{'[0-9a-f]' * 16}.zip"):
        older.unlink()
    archive.write_bytes(content)
    return archive


def write_bill(function: Function, build: Path = BUILD) -> Path:
    """Write the function's bill of materials and return its path."""
    build.mkdir(parents=True, exist_ok=True)
    file = build / f"{function.name}.cdx.json"
    lock = LOCKS / f"{function.requirements}.txt"
    file.write_text(bill_of_materials(function.name, lock), encoding="utf-8")
    return file


def _zipped(members: Sequence[tuple[str, bytes]]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for name, data in members:
            member = zipfile.ZipInfo(name, _TIMESTAMP)
            member.external_attr = _PERMISSIONS
            member.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(member, data)
    return content.getvalue()


def _members(function: Function) -> Iterator[tuple[str, bytes]]:
    yield "main.py", _entry_point(function).encode()
    yield "requirements.txt", (LOCKS / f"{function.requirements}.txt").read_bytes()
    yield "functions/__init__.py", Path("functions/__init__.py").read_bytes()
    is_bare = _RUNS_EMBEDDED not in pinned(LOCKS / f"{function.requirements}.txt")
    for folder, root in ((function.source, function.source.as_posix()), (LIBRARY, LIBRARY.name)):
        for file in folder.rglob("*"):
            if is_bare and file.is_relative_to(_EMBEDDED):
                continue
            if file.is_file() and "__pycache__" not in file.parts:
                yield f"{root}/{file.relative_to(folder).as_posix()}", file.read_bytes()
    for file in function.includes:
        yield file.as_posix(), file.read_bytes()


def _entry_point(function: Function) -> str:
    imported = f"from {function.module} import {function.entry_point}"
    return f'"""Where the platform finds the function."""\n\n{imported}\n\n__all__ = ["{function.entry_point}"]\n'


def main() -> int:
    index: dict[str, dict[str, str]] = {}
    for function in load_manifest().functions:
        archive = package(function)
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        index[function.name] = {"archive": archive.name, "sha256": digest}
        bill = write_bill(function)
        print(f"{bill}  {bill.stat().st_size / 1024:,.0f} KiB")
        print(f"{archive}  {archive.stat().st_size / 1024:,.0f} KiB  sha256:{digest}")
    (BUILD / INDEX).write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
