"""`python -m infra.emulators.secret_manager --port P`: the double as a process, until SIGTERM or SIGINT."""

import argparse
import signal

from infra.emulators.secret_manager.server import SecretManagerDouble

_ENDS = {signal.SIGTERM, signal.SIGINT}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="the port of 127.0.0.1 to listen on")
    port = parser.parse_args().port
    # Threads inherit the mask, so it stands before the server's first one: the signals are for `sigwait` alone.
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)
    with SecretManagerDouble(port):
        signal.sigwait(_ENDS)


if __name__ == "__main__":
    main()
