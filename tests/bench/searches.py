"""Benchmarks of the search function: latency over the floor, processor time, throughput, bursts, open streams."""

import asyncio
import statistics
import time
from collections.abc import Iterator, Sequence

from tests.bench.client import Timing, search
from tests.bench.figures import Figure, percentile
from tests.bench.processes import Server
from tests.bench.scene import QUESTION, Script, playing

_WARM_UP = 10


def latency() -> Iterator[Figure]:
    """One search after another, with the scripted latencies; then the default cascade, which skips the routing call."""
    for agents in (1, 5, 20):
        script = Script(agents)
        with playing(script) as server:
            _asked(server, _WARM_UP, _WARM_UP)
            timings = _asked(server, 20, 1)
        yield from _over_floor(f"{agents} agents, ROUTING=llm", script, timings)
    script = Script(5, routing="cascade")
    with playing(script) as server:
        _asked(server, _WARM_UP, _WARM_UP)
        timings = _asked(server, 20, 1)
    yield from _over_floor("5 agents, cascade and sure", script, timings)


def processor() -> Iterator[Figure]:
    """Models and agents that answer at once: what a search itself costs.

    The least of five rounds: what else the machine does makes the same work cost more, never less.
    """
    bounds = {1: 8.0, 5: 13.0, 20: 32.0}
    for agents, bound in bounds.items():
        with playing(_instant(agents)) as server:
            _asked(server, _WARM_UP, 1)
            spent = min(_processor_milliseconds(server, 100) for _ in range(5))
            yield Figure(f"processor time of a search, {agents} agents", spent, "ms", bound)
            if agents == 1:
                timings = _asked(server, 200, 1)
                yield Figure("final alone, 1 agent, p50", statistics.median(_finals(timings)), "ms", 12)
                yield Figure("searches a second, 1 agent", _throughput(server), "1/s", 100, "at_least")


def burst() -> Iterator[Figure]:
    """20 searches at once, 5 agents each."""
    script = Script(5)
    with playing(script) as server:
        _asked(server, _WARM_UP, _WARM_UP)
        timings = [timing for _ in range(5) for timing in _asked(server, 20, 20)]
    overhead = percentile(_finals(timings), 95) - script.floor_ms
    yield Figure("20 at once, 5 agents: final over the floor, p95", overhead, "ms", 150)
    yield Figure("20 at once, 5 agents: failed", sum(not timing.is_complete for timing in timings), "searches", 0)


def streams() -> Iterator[Figure]:
    """300 streams open at the same time in one process."""
    count = 300
    with playing(Script(5, answer_ms=6_000.0)) as server:
        _asked(server, _WARM_UP, _WARM_UP)
        before = server.resident_bytes()
        timings, peak = asyncio.run(_watched(server, count))
    yield Figure("300 streams: not finished", sum(not timing.is_complete for timing in timings), "streams", 0)
    yield Figure("300 streams: memory growth a stream", (peak - before) / count / 2**20, "MiB", 1)


def _instant(agents: int) -> Script:
    return Script(agents, route_ms=0, answer_ms=0, first_piece_ms=0, agent_ms=0)


def _asked(server: Server, count: int, at_once: int) -> Sequence[Timing]:
    return asyncio.run(_ask(server, count, at_once))


async def _ask(server: Server, count: int, at_once: int) -> Sequence[Timing]:
    places = asyncio.Semaphore(at_once)

    async def one() -> Timing:
        async with places:
            return await search(server.port, QUESTION)

    return await asyncio.gather(*(one() for _ in range(count)))


async def _watched(server: Server, count: int) -> tuple[Sequence[Timing], int]:
    """All streams at once, and the most memory that was resident while they ran."""
    asking = asyncio.create_task(_ask(server, count, count))
    peak = 0
    while not asking.done():
        peak = max(peak, server.resident_bytes())
        await asyncio.sleep(0.1)
    return await asking, peak


def _processor_milliseconds(server: Server, count: int) -> float:
    """Processor time of the server for each of `count` searches, one after another."""
    before = server.processor_seconds()
    _asked(server, count, 1)
    return (server.processor_seconds() - before) * 1_000 / count


def _throughput(server: Server) -> float:
    started = time.perf_counter()
    timings = _asked(server, 600, 8)
    return sum(timing.is_complete for timing in timings) / (time.perf_counter() - started)


def _over_floor(name: str, script: Script, timings: Sequence[Timing]) -> Iterator[Figure]:
    final = percentile(_finals(timings), 95) - script.floor_ms
    delta = percentile([timing.first_delta for timing in timings], 95) - script.first_delta_floor_ms
    yield Figure(f"{name}: final over the floor, p95", final, "ms", 25)
    yield Figure(f"{name}: first delta over its floor, p95", delta, "ms", 25)
    yield Figure(f"{name}: failed", sum(not timing.is_complete for timing in timings), "searches", 0)


def _finals(timings: Sequence[Timing]) -> list[float]:
    return [timing.final for timing in timings]
