"""In which order tests run, and which stay on one worker when pytest-xdist spreads them (`--dist loadscope`)."""

from typing import Final

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # It ships no types.

# Folders whose tests share what is slow to start: on one worker, it is started once.
TOGETHER: Final = ("tests/browser/", "tests/functions/bad_agents/")
# Whatever takes minutes or waits for processes begins, so that a run ends with modules of a second on every worker.
FIRST: Final = ("tests/browser/", "tests/e2e/", "tests/contract/", "tests/functions/", "tests/terminal/")


class ScopeScheduling(LoadScopeScheduling):  # type: ignore[misc]  # as above
    """A module is one piece of work, or one of the folders is; they begin in the order of collection."""

    def __init__(self, config: pytest.Config, log: object) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid.split("::", 1)[0])


def rank(nodeid: str) -> int:
    return next((place for place, folder in enumerate(FIRST) if nodeid.startswith(folder)), len(FIRST))
