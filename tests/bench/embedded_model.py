"""What the embedded model costs: load time, time a question, memory; measured in a fresh process.

python -m tests.bench.embedded_model
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from infra.routing.questions import CLINC150, DEV, read_questions
from oqtopus.domain.model import Passage, Prompt, RoutingTask, SynthesisTask

EMPTY = Prompt("", "")
MEANINGS = {
    "load_seconds": "imports, model, head",
    "route_ms_p50": "one question, not asked before",
    "route_ms_p95": "one question, not asked before",
    "synthesis_ms": "8 passages of 12 sentences",
    "review_ms": "an answer made of 5 passages of 1,000 characters: citations and disagreements",
    "resident_mb": "the whole process, after all of this",
}


def measure() -> dict[str, float]:
    """The figures by name; the units are in the names."""
    python_path = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.embedded_model", "--here"],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONPATH": python_path},
        text=True,
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


async def measured_here() -> dict[str, float]:
    started = time.perf_counter()
    from oqtopus.adapters.embedded.model import EmbeddedModel

    model = EmbeddedModel()
    await model.warm()
    loaded = time.perf_counter() - started
    times = []
    for question in (*read_questions(DEV), *read_questions(CLINC150)[:200]):
        began = time.perf_counter()
        await model.route(RoutingTask(question.query, EMPTY))
        times.append(1000 * (time.perf_counter() - began))
    began = time.perf_counter()
    async for _ in model.synthesise(_long_task()):
        pass
    synthesis = 1000 * (time.perf_counter() - began)
    passages = [Passage(one.number, one.source, one.text[:1_000]) for one in _long_task().passages[:5]]
    task = replace(_long_task(), passages=tuple(passages))
    answer = "".join([piece async for piece in model.synthesise(task)])
    began = time.perf_counter()
    await model.review(answer, passages)
    review = 1000 * (time.perf_counter() - began)
    await model.aclose()
    return {
        "load_seconds": loaded,
        "route_ms_p50": _share(times, 0.50),
        "route_ms_p95": _share(times, 0.95),
        "synthesis_ms": synthesis,
        "review_ms": review,
        "resident_mb": _resident_mb(),
    }


def _long_task() -> SynthesisTask:
    """Sentences of about 15 words, no two the same."""
    queries = [question.query for question in read_questions(CLINC150)]
    texts = [". ".join(f"{queries[at]}, {queries[-at]}" for at in range(1 + n, 97, 8)) for n in range(8)]
    passages = tuple(Passage(number, f"agent {number}", text) for number, text in enumerate(texts, 1))
    return SynthesisTask("where can I eat well and park my car nearby?", passages, EMPTY)


def _share(values: Sequence[float], share: float) -> float:
    return sorted(values)[int(share * (len(values) - 1))]


def _resident_mb() -> float:
    """Linux only: pages in memory now, in 10^6 bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    if "--here" in sys.argv:
        print(json.dumps(asyncio.run(measured_here())))
        return
    for name, value in measure().items():
        print(f"{name:<14} {value:>8.2f}  {MEANINGS[name]}")


if __name__ == "__main__":
    main()
