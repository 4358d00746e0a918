"""Strict JSON within bounds (C6), counted before it is parsed: what is made of it can take fifty times its bytes."""

import json
import math
from itertools import accumulate
from typing import Final

from oqtopus.errors import AgentFailure

MAX_DEPTH: Final = 64
MAX_KEYS: Final = 1_000
MAX_VALUES: Final = 10_000
MAX_DIGITS: Final = 400

_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))


def object_in(data: bytes) -> dict[str, object]:
    """The JSON object that a reply's body is; `bad_json` for what is no JSON, `bad_shape` for what is no object."""
    try:
        _check_bounds(data)
        value: object = _STRICT.decode(data.decode())
    except ValueError as error:
        raise AgentFailure("bad_json", 200) from error
    if not isinstance(value, dict):
        raise AgentFailure("bad_shape", 200)
    return value


def _check_bounds(data: bytes) -> None:
    """Count keys, values and depth by the punctuation outside of texts.

    In what is no JSON the counts hold up to the place where the parser will stop, and so does what it makes.
    """
    unescaped = data.replace(rb"\\", b"").replace(rb"\"", b"")
    if unescaped.count(b'"') > 2 * (MAX_KEYS + MAX_VALUES):
        raise ValueError("the document has too many texts")
    outside = b"".join(unescaped.split(b'"')[::2])
    opened = outside.count(b"[") + outside.count(b"{")
    if outside.count(b":") > MAX_KEYS or outside.count(b",") + opened > MAX_VALUES:
        raise ValueError("the document has too many keys or values")
    if outside.count(b"]") + outside.count(b"}") != opened:
        raise ValueError("a bracket is missing")
    if opened > MAX_DEPTH and _depth(outside) > MAX_DEPTH:
        raise ValueError("the document is too deep")


def _depth(outside: bytes) -> int:
    brackets = outside.translate(None, _NO_BRACKETS)
    return max(accumulate(1 if bracket in b"[{" else -1 for bracket in brackets))


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError("a number is too long")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if len(digits) > MAX_DIGITS or not math.isfinite(number):
        raise ValueError("a number is too long or too large")
    return number


def _constant(word: str) -> object:
    raise ValueError(f"{word} is not JSON")


_STRICT: Final = json.JSONDecoder(parse_int=_integer, parse_float=_float, parse_constant=_constant)
