"""Serve one demo agent: ``python -m infra.demo.serve movies --port 9501 --keys-dir DIR``.

waitress rather than gunicorn: ready 0.2 s sooner and 40 MB smaller, for it needs no second process.
Its one task thread suits ``AgentAuth``, whose replay cache belongs to one process and has no lock.
"""

import argparse
import gc
import os
import signal
import sys
import threading
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from waitress import create_server  # type: ignore[import-untyped]  # waitress ships no type hints.

from infra.demo.manifest import AGENTS

if TYPE_CHECKING:
    from flask import Flask


def main(arguments: Sequence[str] | None = None) -> None:
    agents = {agent.name: agent for agent in AGENTS}
    parser = argparse.ArgumentParser(prog="python -m infra.demo.serve", description="Serve one demo agent.")
    parser.add_argument("agent", choices=sorted(agents))
    parser.add_argument("--port", type=int, help="a port of 127.0.0.1; by default the agent's own")
    parser.add_argument("--keys-dir", type=Path, required=True, help="the folder of trusted public keys")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end with the process that started it")
    options = parser.parse_args(arguments)
    options.keys_dir.mkdir(parents=True, exist_ok=True)
    agent = agents[options.agent]
    # Nothing that start-up makes is garbage; looking for some costs a fifth of the start.
    gc.disable()
    app: Flask = import_module(agent.module).create_app(options.keys_dir)
    gc.freeze()
    gc.enable()
    signal.signal(signal.SIGTERM, _stop)
    if options.until_stdin_closes:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    # The server ends itself on the SystemExit that the handler raises.
    create_server(app, host="127.0.0.1", port=options.port or agent.port, threads=1, ident=None).run()


def _end_with_stdin() -> None:
    """Wait for whoever holds the other end to die, then stop as for SIGTERM."""
    with open(0, "rb", buffering=0, closefd=False) as stdin:
        while stdin.read(1024):
            pass
    os.kill(os.getpid(), signal.SIGTERM)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
