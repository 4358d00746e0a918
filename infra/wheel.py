"""What `pip install .` installs beside oqtopus: whatever serving it needs, in the versions that were tested, or newer.

The build backend asks this file; the names are those of the dependency group `run`, the versions those of its lock.
"""

import re
import sys
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

# A package has several pins where no version is for every Python that is supported.
_PIN = re.compile(r"^([a-z0-9._-]+)==([^ ;]+)((?: ; [^\\\n]+)?)", re.MULTILINE)


class Dependencies(MetadataHookInterface):
    """Fills in `dependencies`, which `pyproject.toml` calls dynamic; a backend runs at the root of the sources."""

    def update(self, metadata: dict[str, Any]) -> None:  # Any: the members of `[project]`.
        """Lower bounds and no pins: the client lives among other packages. `make run` installs what the lock pins."""
        # Backends do not look for modules where they run.
        sys.path.insert(0, self.root)
        from infra.locks import LOCKS, direct

        named, lock = direct("run"), (LOCKS / "run.txt").read_text(encoding="utf-8")
        metadata["dependencies"] = [
            f"{name}>={version}{condition.rstrip()}" for name, version, condition in _PIN.findall(lock) if name in named
        ]
