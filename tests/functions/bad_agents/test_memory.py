"""A process that calls agents grows by 64 MiB at most, whatever one of them sends (C4)."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.fakes.bad_agents import BAD_AGENTS
from tests.functions.bad_agents.conftest import Standing, environment

BOUND: Final = 64 * 2**20
# Those that are waited for are waited for together, and so are weighed together: a stricter bound for each.
SLOW: Final = [name for name, agent in BAD_AGENTS.items() if "timeout" in agent.reasons]

pytestmark = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="Only Linux tells the peak.")


def weights(standing: Standing, calls: Mapping[str, Sequence[str]], *arguments: str) -> Mapping[str, int]:
    """The growth of a process of its own under each group of agents, called at the same time."""
    origins = {group: [standing.origins[name] for name in names] for group, names in calls.items()}
    ended = subprocess.run(
        [sys.executable, "-m", "tests.functions.bad_agents.scales", *arguments],
        input=json.dumps({"authority": standing.authority, "calls": origins}),
        env=environment(),
        stdout=subprocess.PIPE, timeout=60, check=True, text=True,
    )  # fmt: skip
    found: Mapping[str, int] = json.loads(ended.stdout)
    return found


def test_no_agent_makes_the_process_grow_by_more_than_its_bound(standing: Standing) -> None:
    quick = {name: [name] for name in BAD_AGENTS if name not in SLOW}

    found = weights(standing, {"the first": ["HTTP/1.0"], **quick, "all slow ones": SLOW})

    assert len(found) == len(quick) + 2
    assert {name: weight for name, weight in found.items() if weight > BOUND} == {}


@pytest.mark.parametrize("name", ["endless body", "gzip bomb"])
def test_a_client_without_limits_grows_by_more(standing: Standing, name: str) -> None:
    assert weights(standing, {name: [name]}, "careless")[name] > BOUND
