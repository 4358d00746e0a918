"""`oqtopus ask`: what goes on while agents answer, the answer as it is written, and what it rests on."""

import sys
from collections.abc import Iterator
from itertools import chain

from oqtopus.cli.answer import show_answer
from oqtopus.cli.command import Command
from oqtopus.cli.exits import UsageError
from oqtopus.cli.surface import Line
from oqtopus.cli.words import duration, failure_of_agent
from oqtopus.client import AgentResult, Agents, Category, Delta, Error, Event, Final, Quota
from oqtopus.client.answers import Outcome

_MOST_CHARACTERS = 100_000


def ask(command: Command) -> None:
    """Ask, and write the answer to standard output; what is no answer does not get there."""
    question = _question(command)
    outcome = Outcome()
    with command.client() as client, client.search(question) as stream:
        if command.asked.json:
            for event in _noted(stream, outcome):
                command.show_json(event.document)
        else:
            _watch(command, _noted(stream, outcome), outcome)
    outcome.answer()


def _noted(stream: Iterator[Event], outcome: Outcome) -> Iterator[Event]:
    for event in stream:
        outcome.note(event)
        yield event


def _question(command: Command) -> str:
    words: list[str] = command.asked.question
    if words in ([], ["-"]):
        words = [] if sys.stdin.isatty() else [_given()]
    question = " ".join(words)
    if not question.strip():
        raise UsageError('What is the question? Try: oqtopus ask "What are good films of the 1990s?"')
    return question


def _given() -> str:
    try:
        return sys.stdin.read(_MOST_CHARACTERS).strip()
    except UnicodeDecodeError:
        raise UsageError("Standard input is no text in UTF-8.") from None


def _watch(command: Command, events: Iterator[Event], outcome: Outcome) -> None:
    status = _Status()
    first = _await_text(command, events, status)
    if command.err.is_terminal and status.lines:
        command.err.line()
    final = _follow(command, chain([first], events))
    if outcome.has_failed:
        return
    show_answer(command.out, final)
    for notice in outcome.notices:
        command.err.line(f"oqtopus: {notice.detail}", "bad")
    if command.err.is_terminal and status.quota is not None:
        left = f"{status.quota.remaining:,} of {status.quota.max:,} searches are left today."
        command.err.line(f"\n{left}", "faint")


def _await_text(command: Command, events: Iterator[Event], status: "_Status") -> Event:
    """The first event that there is something to write for; what goes on until then is shown."""
    with command.err.progress() as progress:
        progress.show(status.title, status.lines)
        for event in events:
            if isinstance(event, Final) or (isinstance(event, Delta) and command.out.is_terminal):
                return event
            status.note(event)
            progress.show(status.title, status.lines)
    raise AssertionError("a stream without its final raises")


def _follow(command: Command, events: Iterator[Event]) -> Final:
    """The finished answer; what the pieces come to is shown until then, for they may be void or have no marks yet."""
    text = ""
    with command.out.draft() as draft:
        for event in events:
            match event:
                case Delta():
                    text += event.text
                case Error(voids_deltas=True):
                    text = ""
                case Final():
                    return event
            draft.show(text)
    raise AssertionError("a stream without its final raises")


class _Status:
    """How far a search has come, before there is text to show."""

    def __init__(self) -> None:
        self.title = "Finding out what the question is about …"
        self.lines: list[Line] = []
        self.quota: Quota | None = None

    def note(self, event: Event) -> None:
        match event:
            case Quota():
                self.quota = event
            case Category(categories=()):
                self.title = "No category fits; looking for an answer all the same …"
            case Category():
                self.title = f"{', '.join(event.categories)}: asking agents …"
            case AgentResult(result=None):
                self.lines.append(Line(f"✗ {event.name} {failure_of_agent(event.error)}", "bad"))
            case AgentResult():
                self.lines.append(Line(f"✓ {event.name} answered in {duration(event.ms)}", "good"))
            case Agents() | Delta():
                self.title = "Writing the answer …"
