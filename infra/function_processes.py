"""Every function of the manifest in a functions-framework process of its own, as the platform would run it."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx

from infra.children import answers, stop
from infra.manifest import Function, Manifest
from infra.trial import HOST, free_port
from infra.upstream import Upstream
from oqtopus.errors import ConfigurationError

START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 10.0


@asynccontextmanager
async def running_functions(manifest: Manifest, logs: Path) -> AsyncIterator[Mapping[str, Upstream]]:
    """All functions run inside the block, each reached by its name; their words are in `logs`, one file a function."""
    processes: list[Process] = []
    upstreams: dict[str, Upstream] = {}
    try:
        for function in manifest.functions:
            port = free_port()
            processes.append(await _start(function, port, logs))
            upstreams[function.name] = Upstream(f"http://{HOST}:{port}")
        starting = zip(manifest.functions, processes, upstreams.values(), strict=True)
        await asyncio.gather(*(_ready(*started) for started in starting))
        yield upstreams
    finally:
        await asyncio.gather(
            *(stop(process, STOP_SECONDS) for process in processes),
            *(upstream.aclose() for upstream in upstreams.values()),
        )


async def _start(function: Function, port: int, logs: Path) -> Process:
    with (logs / f"{function.name}.log").open("wb") as log:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "functions_framework", "--target", function.entry_point),
            *("--source", str(function.source / "main.py"), "--host", HOST, "--port", str(port)),
            stdin=DEVNULL,
            stdout=log,
            stderr=log,
            # The platform names the service so.
            env={**os.environ, "K_SERVICE": function.name},
            # Ctrl-C reaches this process alone, which stops its children when nothing needs them any more.
            start_new_session=True,
        )


async def _ready(function: Function, process: Process, upstream: Upstream) -> None:
    try:
        async with asyncio.timeout(START_SECONDS), httpx.AsyncClient(trust_env=False) as http:
            while not await answers(http, f"{upstream.base_url}/healthz"):
                if process.returncode is not None:
                    raise ConfigurationError(f"The function {function.name} ended; its log says why.")
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise ConfigurationError(f"The function {function.name} did not start in {START_SECONDS:.0f} s.") from None
