"""The command `oqtopus`. What can be typed is in `arguments`; what a command needs is imported when it is typed."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence

from oqtopus.cli import completion
from oqtopus.cli.arguments import parser
from oqtopus.cli.exits import Exit


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] | None = None) -> int:
    """Run one command; the exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    if words[:2] == [completion.ASKED, "--"]:
        print("\n".join(completion.candidates(parser(), words[2:])))
        return 0
    asked = parser().parse_args(words)
    if not all(map(_is_text, words)):
        parser().error("what was typed is no text in UTF-8")
    if asked.command == "completion":
        print(completion.SCRIPTS[asked.shell], end="")
        return 0
    try:
        return _run(asked, os.environ if environ is None else environ)
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return Exit.INTERRUPTED


def _is_text(word: str) -> bool:
    """Python keeps bytes that are none as lone surrogates, which no server takes."""
    return not any("\ud800" <= character <= "\udfff" for character in word)


def _run(asked: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if asked.command == "admin":
        from oqtopus.cli import operator

        return operator.run(asked, environ)
    from oqtopus.cli.run import run

    return run(asked, environ)
