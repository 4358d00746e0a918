"""Libraries of others are those that were looked at, to the byte, with their licences beside them."""

import hashlib
import tomllib
from pathlib import Path

import pytest

VENDOR = Path("functions/web/site/vendor")
LIBRARIES = tomllib.loads((VENDOR / "vendored.toml").read_text(encoding="utf-8"))["library"]


def digest(name: str) -> str:
    return hashlib.sha256((VENDOR / name).read_bytes()).hexdigest()


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library["package"])
def test_a_vendored_file_is_the_one_that_was_noted(library: dict[str, str]) -> None:
    assert digest(library["file"]) == library["sha256"]
    assert digest(library["license_file"]) == library["license_sha256"]
    assert library["version"] in (VENDOR / library["file"]).read_text(encoding="utf-8")[:400]


def test_nothing_is_vendored_that_is_not_noted() -> None:
    noted = {name for library in LIBRARIES for name in (library["file"], library["license_file"])}

    assert {file.name for file in VENDOR.iterdir()} == noted | {"vendored.toml"}
