"""Benchmarks of starting: import to ready of the search function, in a new process each time."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator

from tests.bench import embedded_model
from tests.bench.client import search
from tests.bench.figures import Figure
from tests.bench.scene import QUESTION, Script, playing

_READY = """
import sys, time
started = time.perf_counter()
import functions.search.main as module
from functions_framework.aio import create_asgi_app_from_module
create_asgi_app_from_module("search", module.__file__, "http", module, None)
ready = time.perf_counter() - started
heavy = sorted({"openai", "google.genai", "onnxruntime"} & set(sys.modules))
print(ready, *heavy)
"""


def start() -> Iterator[Figure]:
    """The best of five: what is measured is the work, not what else the machine did."""
    runs = [_run().split() for _ in range(5)]
    yield Figure("search function, import to ready", min(float(run[0]) for run in runs), "s", 0.6)
    yield Figure("heavy packages imported by then", max(len(run) - 1 for run in runs), "packages", 0)


def _run() -> str:
    environ = {**os.environ, "PYTHONPATH": os.environ.get("PYTHONPATH", "shared:.")}
    return subprocess.run(
        [sys.executable, "-c", _READY], check=True, capture_output=True, text=True, env=environ, timeout=60
    ).stdout


def embedded() -> Iterator[Figure]:
    """The embedded model in a new process: to load it, to route a question, to review, and what memory it takes."""
    runs = [embedded_model.measure() for _ in range(3)]
    yield Figure("embedded model, load", min(run["load_seconds"] for run in runs), "s", 0.4)
    yield Figure("embedded model, a question, p50", min(run["route_ms_p50"] for run in runs), "ms", 5)
    yield Figure("embedded model, a review of 5 agents' answers", min(run["review_ms"] for run in runs), "ms", 20)
    yield Figure("embedded model, resident", max(run["resident_mb"] for run in runs), "MB", 300)


def cold() -> Iterator[Figure]:
    """The first search of a process, beyond the latencies of the model and the agents; nothing is loaded before it."""
    overheads = []
    for _ in range(3):
        script = Script(5, routing="cascade")
        with playing(script) as server:
            overheads.append(asyncio.run(search(server.port, QUESTION)).final - script.floor_ms)
    yield Figure("first search of a process, over the floor", min(overheads), "ms", 2_000)
