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
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with running_emulators(ports_of(os.environ), LOGS) as environ:
            print("The emulators are ready; Ctrl-C stops them. In another shell:", end="\n\n")
            print("\n".join(f"export {name}={value}" for name, value in environ.items()), flush=True)
            signal.pause()
    except (ConfigurationError, EmulatorsMissing, EmulatorFailed) as error:
        print(f"The emulators did not start: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def _interrupt(*_: object) -> NoReturn:
    """SIGTERM ends this process as Ctrl-C does, so that the emulators are stopped on the way out."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
