"""`make bench`: every figure in a table and in `build/bench.json`; exit status 1 when one is missed."""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.bench import logins, searches, starts, stores
from tests.bench.figures import Figure, as_json, save, table

RESULTS = Path("build/bench.json")

SUITES: Mapping[str, Callable[[], Iterator[Figure]]] = {
    "start": starts.start,
    "cold": starts.cold,
    "embedded": starts.embedded,
    "processor": searches.processor,
    "latency": searches.latency,
    "burst": searches.burst,
    "streams": searches.streams,
    "stores": stores.stores,
    "logins": logins.logins,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure what oqtopus promises.")
    parser.add_argument("suites", nargs="*", choices=[*SUITES, []], help="all of them by default")
    chosen = parser.parse_args().suites or list(SUITES)
    figures: list[Figure] = []
    for name in chosen:
        print(f"measuring: {name} …", file=sys.stderr, flush=True)
        figures.extend(SUITES[name]())
    save(figures, RESULTS)
    print(table(figures))
    print(as_json(figures))
    return 0 if all(figure.is_met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
