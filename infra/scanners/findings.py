"""What a scanner found, and the waivers that some of it has."""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

WAIVERS = Path("infra/waivers.toml")


class NotAsked(Exception):
    """The scanner has no answer, which is not the answer that all is well; the message says why."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`where` is a path or a package, `line` 0 when there is none; a secret itself is never part of it."""

    scanner: str
    rule: str
    where: str
    text: str
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.where}:{self.line}" if self.line else self.where
        return f"{place}: {self.rule} {self.text}"


@dataclass(frozen=True, slots=True)
class Waiver:
    """Lets findings of one rule in one place be, until a day."""

    scanner: str
    rule: str
    where: str
    reason: str
    until: date

    def covers(self, finding: Finding) -> bool:
        is_same = (self.scanner, self.rule) == (finding.scanner, finding.rule)
        return is_same and fnmatchcase(finding.where, self.where)


def waivers(file: Path = WAIVERS) -> Sequence[Waiver]:
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    return [Waiver(**entry) for entry in document.get("waiver", [])]


def faults(scanner: str, found: Sequence[Finding], waived: Sequence[Waiver], today: date) -> Iterator[str]:
    """What is not waived today, and the waivers of this scanner that are over or waive nothing."""
    own = [waiver for waiver in waived if waiver.scanner == scanner]
    live = [waiver for waiver in own if today < waiver.until]
    yield from (str(finding) for finding in found if not any(waiver.covers(finding) for waiver in live))
    for waiver in own:
        if waiver not in live:
            yield f"The waiver of {waiver.rule} in {waiver.where} ended on {waiver.until}."
        elif not any(map(waiver.covers, found)):
            yield f"The waiver of {waiver.rule} in {waiver.where} waives nothing; remove it."
