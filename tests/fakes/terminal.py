"""A pseudo-terminal with a process in it, and what somebody in front of it would see."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

PATIENCE_SECONDS = 30.0

# The terminal becomes the controlling one of whoever opens it first in a new session. The byte says that it is open.
_INSIDE = """
import os, sys
slave = os.open(sys.argv[1], os.O_RDWR)
for number in (0, 1, 2):
    os.dup2(slave, number)
os.write(1, b"\\0")
os.execvp(sys.argv[2], sys.argv[2:])
"""
_CONTROL = re.compile(r"\x1b\[(\??[0-9;]*)([A-Za-z])")


class Screen:
    """The part of a terminal that programs of ours use: any other control sequence is an error."""

    def __init__(self) -> None:
        self._lines = [""]
        self._row = 0
        self._column = 0
        self.is_cursor_shown = True

    def feed(self, text: str) -> None:
        place = 0
        while place < len(text):
            found = _CONTROL.match(text, place)
            if found is not None:
                self._control(found[1], found[2])
                place = found.end()
            else:
                self._character(text[place])
                place += 1

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._lines).rstrip("\n")

    def _control(self, parameters: str, kind: str) -> None:
        match parameters, kind:
            case _, "m":
                pass
            case "?25", "l" | "h":
                self.is_cursor_shown = kind == "h"
            case "2", "K":
                self._lines[self._row] = ""
            case _, "A":
                self._row = max(0, self._row - int(parameters or "1"))
            case _:
                raise AssertionError(f"control sequence {parameters}{kind}")

    def _character(self, character: str) -> None:
        match character:
            case "\r":
                self._column = 0
            case "\n":
                self._row += 1
                if self._row == len(self._lines):
                    self._lines.append("")
            case _:
                assert character.isprintable(), repr(character)
                line = self._lines[self._row].ljust(self._column)
                self._lines[self._row] = line[: self._column] + character + line[self._column + 1 :]
                self._column += 1


class Terminal:
    """A process whose terminal this is; `output` is all that it has written."""

    def __init__(self, process: "subprocess.Popen[bytes]", master: int) -> None:
        self.process = process
        self.output = ""
        self._master = master
        self._undecoded = b""

    @property
    def screen(self) -> Screen:
        screen = Screen()
        screen.feed(self.output)
        return screen

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read_until(self, text: str) -> None:
        """Until `text` has been written; what was written before counts too."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while text not in self.output:
            assert self._read(deadline), f"{text!r} was not written:\n{self.output}"

    def read_to_end(self) -> int:
        """Until the process has ended; its exit status."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._read(deadline):
            pass
        return self.process.wait(PATIENCE_SECONDS)

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"nothing is written any more:\n{self.output}"
        try:
            found = os.read(self._master, 65_536)
        except OSError:
            return False
        whole = self._undecoded + found
        text = whole.decode("utf-8", errors="ignore")
        self._undecoded = whole[len(text.encode()) :]
        self.output += text
        return bool(found)


@contextmanager
def terminal(arguments: Sequence[str], environ: Mapping[str, str], folder: Path) -> Iterator[Terminal]:
    """The program runs in a terminal of its own, 30 lines of 100 columns; it is ended with the block."""
    master, slave = pty.openpty()
    try:
        name = os.ttyname(slave)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        inside = [sys.executable, "-I", "-S", "-c", _INSIDE, name, *arguments]
        process = subprocess.Popen(
            inside, env={"TERM": "xterm-256color", **environ}, cwd=folder, start_new_session=True
        )
        try:
            ready, _, _ = select.select([master], [], [], PATIENCE_SECONDS)
            assert ready, "the process did not open its terminal"
            os.read(master, 1)
            # From here on reading ends with the last process that has the terminal open.
            os.close(slave)
            yield Terminal(process, master)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    finally:
        os.close(master)
