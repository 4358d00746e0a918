"""`make run`: the whole of oqtopus on this machine, with demo agents that were registered like anyone's."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.demo.launch import running_demo
from infra.demo.manifest import DemoAgent
from infra.gateway import Gateway, application_of
from infra.manifest import load_manifest
from infra.pushes import connect
from infra.schedules import ticking
from infra.server import run_until_stopped, serving, stop_on_signals
from infra.trial import HOST, demo_agents, describe, port_number, prepare, push_signer
from oqtopus import rotation
from oqtopus.adapters.local_bus import LocalBus
from oqtopus.bootstrap import services
from oqtopus.config import DEFAULT_HOME
from oqtopus.errors import ConfigurationError


async def serve(port: int, agents: Sequence[DemoAgent]) -> None:
    """Serve until Ctrl-C or SIGTERM, with these demo agents."""
    stop_on_signals()
    await rotation.finish(Path(os.environ.get("OQTOPUS_HOME") or DEFAULT_HOME))
    signer = push_signer()
    told = prepare(os.environ, agents, signer, port)
    manifest, active = load_manifest(), services()
    await active.vault.check()
    if not isinstance(active.bus, LocalBus):
        raise ConfigurationError("BUS=pubsub needs topics and pushes, which make run-emulators brings.")
    applications = {function.name: application_of(function) for function in manifest.functions}
    connect(active.bus, manifest, applications, signer)
    try:
        async with (
            serving(Gateway(manifest, applications), port) as server,
            running_demo(f"http://{HOST}:{port}", active.settings.home / "demo", agents),
            ticking(active.bus, manifest.schedules),
        ):
            await active.warming
            print("\n".join([*told, *describe(active.settings, port)]), flush=True)
            await server
    finally:
        await active.aclose()


def main() -> int:
    return run_until_stopped(_serve())


async def _serve() -> None:
    await serve(port_number(os.environ, "PORT", 8080), demo_agents(os.environ))


if __name__ == "__main__":
    sys.exit(main())
