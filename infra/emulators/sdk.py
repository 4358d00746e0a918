"""Where Google's emulators are on this machine: the jars of the gcloud SDK, and the Java that runs them."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

_FIRESTORE = "cloud-firestore-emulator/cloud-firestore-emulator.jar"
_PUBSUB = "pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar"
_COMMON_ROOTS = ("/usr/lib/google-cloud-sdk", "/usr/share/google-cloud-sdk", "/opt/google-cloud-sdk")


class EmulatorsMissing(Exception):
    """What is not installed, and what would mend it."""


@dataclass(frozen=True, slots=True)
class Sdk:
    """The programs that the emulators are started from."""

    java: Path
    firestore: Path
    pubsub: Path


def find_sdk() -> Sdk:
    """The SDK's emulators, or `EmulatorsMissing`; `CLOUDSDK_ROOT_DIR` names an SDK in an unusual place."""
    java = shutil.which("java")
    if java is None:
        raise EmulatorsMissing("Java is missing: the emulators need a runtime of version 17 or later.")
    platforms = [root / "platform" for root in _roots()]
    return Sdk(Path(java), _jar(platforms, _FIRESTORE, "firestore"), _jar(platforms, _PUBSUB, "pubsub"))


def _roots() -> list[Path]:
    """The named SDK, the one that `gcloud` belongs to, then the places where packages put it."""
    named = os.environ.get("CLOUDSDK_ROOT_DIR")
    gcloud = shutil.which("gcloud")
    of_gcloud = Path(gcloud).resolve().parent.parent if gcloud else None
    return [Path(root) for root in (named, of_gcloud, *_COMMON_ROOTS) if root]


def _jar(platforms: list[Path], pattern: str, name: str) -> Path:
    for platform in platforms:
        if found := sorted(platform.glob(pattern)):
            return found[-1]
    raise EmulatorsMissing(
        f"The gcloud SDK's {name} emulator is missing: install the component {name}-emulator "
        f"(package google-cloud-cli-{name}-emulator)."
    )
