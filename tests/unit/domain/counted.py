"""How much work something is, counted in calls of Python functions: the same on every machine."""

import gc
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def calls_of(work: Callable[[], object]) -> int:
    """How often Python functions are entered meanwhile, generators once for each of their values."""
    count = 0

    def profile(frame: FrameType, event: str, argument: Any) -> None:  # Any: the interpreter's own signature.
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    # The collector would run what other tests have left behind, and what Hypothesis hangs on it, in between.
    gc.collect()
    gc.disable()
    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(before)
        gc.enable()
    return count
