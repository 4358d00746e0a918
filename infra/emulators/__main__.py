"""`make emulators`: Firestore, Pub/Sub and Secret Manager on this machine until Ctrl-C."""

import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from infra.emulators.processes import EmulatorFailed, ports_of, running_emulators
from infra.emulators.sdk import EmulatorsMissing
from oqtopus.errors import ConfigurationError

LOGS = Path("build/emulators")


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        with running_emulators(ports_of(os.environ), LOGS) as environ:
            print("The emulators are ready; Ctrl-C stops them. In another shell:", end="\n\n")
            # Topics and pushes are the business of `make run-emulators`; other processes keep a bus of their own.
            exported = {name: value for name, value in environ.items() if name != "BUS"}
            print("\n".join(f"export {name}={value}" for name, value in exported.items()), flush=True)
            signal.pause()
    except (ConfigurationError, EmulatorsMissing, EmulatorFailed) as error:
        print(f"The emulators did not start: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def _interrupt(*_: object) -> NoReturn:
    """SIGTERM, or a closed terminal, ends this process as Ctrl-C does: the emulators are stopped on the way out."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
