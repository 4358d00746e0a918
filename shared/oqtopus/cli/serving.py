"""`oqtopus serve`: the whole of oqtopus on this machine, as `make run` starts it."""

import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from typing import NoReturn

from oqtopus.cli.exits import UsageError

# Not imported: the library knows nothing of what runs it.
_LAUNCHER = "infra.run"


def serve(environ: Mapping[str, str], port: int | None, *, has_demo: bool) -> NoReturn:
    """Become the server: this process is replaced, so that signals and the exit status are the server's own.

    `-P` keeps the working directory from being searched for modules: it may hold anything.
    """
    if find_spec("infra") is None:
        raise UsageError("The server is not installed here; this is the library alone.")
    chosen = dict(environ)
    if port is not None:
        chosen["PORT"] = str(port)
    if not has_demo:
        chosen["DEMO"] = "0"
    os.execve(sys.executable, [sys.executable, "-P", "-m", _LAUNCHER], chosen)
