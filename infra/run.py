"""`make run`: the whole of oqtopus on this machine, with demo agents that were registered like anyone's."""

import asyncio
import os
import sys
from collections.abc import Sequence

from infra.demo.launch import running_demo
from infra.demo.manifest import DemoAgent
from infra.gateway import Gateway, application_of
from infra.manifest import load_manifest
from infra.pushes import connect
from infra.schedules import ticking
from infra.server import serving, stop_signal, until_stopped
from infra.trial import HOST, demo_agents, describe, port_number, prepare, push_signer
from oqtopus.adapters.local_bus import LocalBus
from oqtopus.bootstrap import services
from oqtopus.errors import ConfigurationError


async def serve(port: int, agents: Sequence[DemoAgent]) -> None:
    """Serve until Ctrl-C or SIGTERM, with these demo agents."""
    signer = push_signer()
    told = prepare(os.environ, agents, signer)
    manifest, active = load_manifest(), services()
    await active.vault.check()
    stopping = stop_signal()
    applications = {function.name: application_of(function) for function in manifest.functions}
    if isinstance(active.bus, LocalBus):
        connect(active.bus, manifest, applications, signer)
    try:
        async with (
            serving(Gateway(manifest, applications), port) as server,
            running_demo(f"http://{HOST}:{port}", active.settings.home / "demo", agents),
            ticking(active.bus, manifest.schedules),
        ):
            await active.warming
            print("\n".join([*told, *describe(active.settings, port)]), flush=True)
            await until_stopped(stopping, server)
    finally:
        await active.aclose()


def main() -> int:
    try:
        asyncio.run(serve(port_number(os.environ, "PORT", 8080), demo_agents(os.environ)))
    except ConfigurationError as error:
        print(f"oqtopus did not start: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
