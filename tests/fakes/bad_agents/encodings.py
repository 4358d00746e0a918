"""Agents that compress what they were asked to send as it is: refused unread (C3)."""

import gzip
import zlib
from functools import cache
from typing import Final

from tests.fakes.bad_agents.scripts import BODY, JSON_HEAD, Step, answers, close, fails, head, made, reply

BOMB_BYTES: Final = 128 * 2**20
_BLOCK = bytes(2**20)


@cache
def bomb(window_bits: int) -> bytes:
    """So many zeros, compressed a thousandfold: gzip for 31 window bits, zlib's format for 15.

    The checksum at the end is left out: a bomb has gone off before it is missed.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, window_bits)
    first, again = (packer.compress(_BLOCK) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + again * (BOMB_BYTES // len(_BLOCK) - 1)


@cache
def double_bomb() -> bytes:
    return gzip.compress(bomb(31))


def _encoded(encoding: str) -> bytes:
    """The head of a reply that ends with its connection."""
    return head("Content-Type: application/json", f"Content-Encoding: {encoding}", "Connection: close")


def _gzip() -> Step:
    return made(lambda: bomb(31))


ENCODINGS: Final = (
    fails("gzip bomb", "bad_encoding", _encoded("gzip"), _gzip()),
    fails("deflate bomb", "bad_encoding", _encoded("deflate"), made(lambda: bomb(15))),
    fails("gzip twice", "bad_encoding", _encoded("gzip, gzip"), made(double_bomb)),
    fails("gzip bomb behind a false length", "bad_encoding", reply(b"", "Content-Encoding: gzip"), _gzip()),
    fails("gzip bomb by its old name", "bad_encoding", _encoded("x-gzip"), _gzip()),
    fails("gzip bomb in capitals", "bad_encoding", _encoded("GZIP"), _gzip()),
    fails("gzip bomb behind identity", "bad_encoding", _encoded("identity, gzip"), _gzip()),
    fails("gzip bomb in a second field", "bad_encoding", _encoded("identity\r\nContent-Encoding: gzip"), _gzip()),
    fails("br", "bad_encoding", reply(b"\x0b\x0f\x80{}\x03", "Content-Encoding: br")),
    fails("zstd", "bad_encoding", reply(b"\x28\xb5\x2f\xfd" + bytes(20), "Content-Encoding: zstd")),
    fails("an encoding of its own", "bad_encoding", reply(BODY, "Content-Encoding: aes128gcm")),
    fails("gzip bomb without saying so", "bad_json", JSON_HEAD + b"Connection: close\r\n\r\n", _gzip(), close),
    fails("gzip without saying so", "bad_json", reply(gzip.compress(BODY))),
    fails("gzip as a transfer coding", "protocol", head("Transfer-Encoding: gzip, chunked"), _gzip()),
    fails("gzip as the last transfer coding", "protocol", head("Transfer-Encoding: chunked, gzip"), _gzip()),
    answers("says that nothing is encoded", "Yes.", reply(BODY, "Content-Encoding: identity")),
)
