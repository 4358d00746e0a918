"""What the exit status says, for every command but `admin` and `serve`, which have 0, 1 and 2."""

from enum import IntEnum


class Exit(IntEnum):
    """One status for each thing that whoever called may want to do next."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_ALLOWED = 3
    NOT_FOUND = 4
    CONFLICT = 5
    TOO_MANY = 6
    UNREACHABLE = 7
    INTERRUPTED = 130
    PIPE_CLOSED = 141


class UsageError(Exception):
    """The command cannot be carried out as it was given; the message says what to give instead."""


MEANINGS = """\
exit status:
  0  done
  1  the server or the agents failed: there is no answer
  2  wrong usage
  3  not signed in, or not allowed
  4  there is no such thing
  5  refused: it contradicts what is there, or is not valid
  6  the quota is spent, or too many tries
  7  the server cannot be reached, or the connection broke
  130  interrupted"""
