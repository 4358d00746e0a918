"""In which order tests run, and which stay on one worker when pytest-xdist spreads them (`--dist loadscope`)."""

from typing import Final

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # It ships no types.

# Tests that share what is slow to start, as a browser and a system on the emulators: on one worker, it starts once.
TOGETHER: Final = (
    ("tests/browser/",),
    ("tests/functions/bad_agents/",),
    ("tests/e2e/test_health.py", "tests/e2e/test_run_emulators.py"),
)
# What takes minutes or waits for processes begins, so that a run ends with modules of a second on every worker.
FIRST: Final = (
    *("tests/browser/", "tests/e2e/", "tests/contract/"),
    *("tests/functions/", "tests/terminal/", "tests/unit/infra/", "tests/unit/test_admin.py"),
)


class ScopeScheduling(LoadScopeScheduling):  # type: ignore[misc]  # as above
    """A module is one piece of work, or what belongs together is; they begin in the order of collection."""

    def __init__(self, config: pytest.Config, log: object) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return next((paths[0] for paths in TOGETHER if nodeid.startswith(paths)), nodeid.split("::", 1)[0])


def rank(nodeid: str) -> int:
    """Where a test's turn comes; those of one rank keep their order."""
    return next((place for place, path in enumerate(FIRST) if nodeid.startswith(path)), len(FIRST))
