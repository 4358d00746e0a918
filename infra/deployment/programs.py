"""Terraform and gcloud, by lists of arguments; what they print is seen by whoever runs us."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oqtopus.errors import ConfigurationError

FOLDER = Path("terraform")


@dataclass(frozen=True, slots=True)
class Place:
    """The project, and the region that everything is in."""

    project: str
    region: str

    @property
    def state_bucket(self) -> str:
        return f"{self.project}-oqtopus-state"

    @property
    def key(self) -> str:
        return f"projects/{self.project}/locations/{self.region}/keyRings/oqtopus/cryptoKeys/oqtopus"


class Failed(Exception):
    """A program ended with an error, which it has told itself."""


def place_of(environ: Mapping[str, str]) -> Place:
    project = environ.get("PROJECT", "")
    if not project:
        raise ConfigurationError("Say which project: make … PROJECT=my-project.")
    return Place(project, environ.get("REGION") or "europe-west1")


def gcloud(place: Place, *arguments: str) -> None:
    _run("gcloud", *arguments, "--project", place.project, "--quiet")


def is_there(place: Place, *arguments: str) -> bool:
    """Whether gcloud finds what a `describe` asks for."""
    command = ["gcloud", *arguments, "--project", place.project, "--quiet"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def gcloud_lines(place: Place, *arguments: str) -> Sequence[str]:
    return _output("gcloud", *arguments, "--project", place.project, "--quiet").split()


def terraform(*arguments: str) -> None:
    _run(_terraform(), f"-chdir={FOLDER}", *arguments)


def terraform_json(*arguments: str) -> Any:  # Any: JSON.
    return json.loads(_output(_terraform(), f"-chdir={FOLDER}", *arguments))


def variables(place: Place) -> Sequence[str]:
    return (f"-var=project={place.project}", f"-var=region={place.region}")


def main_of(work: Callable[[Place], None]) -> int:
    """Do the work; the exit status, with the reason on standard error when it is not 0."""
    try:
        work(place_of(os.environ))
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2
    except Failed as error:
        print(f"Stopped: {error}", file=sys.stderr)
        return 1
    return 0


def _terraform() -> str:
    return os.environ.get("TERRAFORM") or "terraform"


def _run(*command: str) -> None:
    print("$", *command, flush=True)
    if subprocess.run(command, check=False).returncode != 0:
        raise Failed(f"{Path(command[0]).name} {command[1]} did not succeed.")


def _output(*command: str) -> str:
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise Failed(f"{Path(command[0]).name} {command[1]} did not succeed.")
    return done.stdout
