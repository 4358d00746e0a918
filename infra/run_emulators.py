"""`make run-emulators`: every function in a process of its own, on Google's emulators, behind the local gateway."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.demo.launch import running_demo
from infra.demo.manifest import DemoAgent
from infra.emulators.processes import Ports, ports_of, running_emulators
from infra.function_processes import running_functions
from infra.gateway import Gateway
from infra.manifest import load_manifest
from infra.push_relay import PushRelay
from infra.schedules import ticking
from infra.server import run_until_stopped, serving, stop_on_signals
from infra.topics import make_topics
from infra.trial import HOST, demo_agents, describe, free_port, port_number, prepare, push_signer
from oqtopus.bootstrap import services

HOME = Path(".oqtopus/emulators")


async def serve(port: int, agents: Sequence[DemoAgent], ports: Ports) -> None:
    """Serve until Ctrl-C or SIGTERM; what the emulators hold ends with them."""
    os.environ["OQTOPUS_HOME"] = os.environ.get("OQTOPUS_HOME") or str(HOME)
    stop_on_signals()
    # The gateway writes the hop that functions trust; see infra/upstream.py.
    os.environ["TRUSTED_PROXY_HOPS"] = "1"
    signer = push_signer()
    told = prepare(os.environ, agents, signer, port)
    home = Path(os.environ["OQTOPUS_HOME"])
    # The demo agents' keys and owner end with what the emulators hold.
    with running_emulators(ports, home / "logs") as environ, TemporaryDirectory(prefix="oqtopus-demo-") as demo:
        os.environ.update(environ)
        manifest, active = load_manifest(), services()
        try:
            async with running_functions(manifest, home / "logs") as upstreams:
                relay_port = free_port()
                await make_topics(active.settings.google, manifest, f"http://{HOST}:{relay_port}")
                async with (
                    serving(PushRelay(upstreams, signer), relay_port) as relay,
                    serving(Gateway(manifest, upstreams), port) as server,
                    running_demo(f"http://{HOST}:{port}", Path(demo), agents),
                    ticking(active.bus, manifest.schedules),
                ):
                    print("\n".join([*told, *_described(environ), *describe(active.settings, port)]), flush=True)
                    await asyncio.wait({server, relay}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await active.aclose()


def _described(environ: dict[str, str]) -> list[str]:
    hosts = {name: value for name, value in environ.items() if name.endswith("_EMULATOR_HOST")}
    return [f"{name}={value}" for name, value in hosts.items()]


def main() -> int:
    return run_until_stopped(_serve())


async def _serve() -> None:
    await serve(port_number(os.environ, "PORT", 8080), demo_agents(os.environ), ports_of(os.environ))


if __name__ == "__main__":
    sys.exit(main())
