"""How a call is refused: a status and words, as the real service answers."""

from typing import Never

import grpc  # type: ignore[import-untyped]  # It has no types.


class Refused(Exception):
    """The call ends in this gRPC status."""

    def __init__(self, code: grpc.StatusCode, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words


def invalid(words: str) -> Never:
    raise Refused(grpc.StatusCode.INVALID_ARGUMENT, words)


def not_found(name: str) -> Never:
    raise Refused(grpc.StatusCode.NOT_FOUND, f"{name} not found.")


def precondition(words: str) -> Never:
    raise Refused(grpc.StatusCode.FAILED_PRECONDITION, words)
