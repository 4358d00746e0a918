"""The user text of a prompt, read back as strictly as a careful reader would: lines, digits, JSON, and nothing else."""

import json
import re
from dataclasses import dataclass
from typing import Any

_BEGIN = re.compile(r"BEGIN (question|answer [1-9][0-9]*) ([0-9a-f]{16})")


@dataclass(frozen=True, slots=True)
class Block:
    """What stands between two lines with the same digits."""

    name: str
    nonce: str
    document: dict[str, Any]  # Any: JSON.


def blocks_in(user_text: str) -> list[Block]:
    """All blocks; `ValueError` when anything stands outside of one, or ends one early."""
    lines = user_text.splitlines()
    if len(lines) % 3 != 0 or not user_text.endswith("\n"):
        raise ValueError("a block has three lines")
    return [_block(*lines[place : place + 3]) for place in range(0, len(lines), 3)]


def _block(begin: str, document: str, end: str) -> Block:
    frame = _BEGIN.fullmatch(begin)
    if frame is None or end != f"END {frame[1]} {frame[2]}":
        raise ValueError("a block begins and ends with its name and digits")
    parsed = json.loads(document)
    if not isinstance(parsed, dict):
        raise ValueError("a block holds an object")
    return Block(frame[1], frame[2], parsed)
