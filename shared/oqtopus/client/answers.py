"""The answer of a search whose events need not be seen one by one."""

from oqtopus.client.errors import NoAnswer, UnexpectedReply
from oqtopus.client.events import Error, Event, Final


class Outcome:
    """What a search's events come to."""

    def __init__(self) -> None:
        self._failure: Error | None = None
        self._final: Final | None = None
        self.notices: list[Error] = []
        """What has gone wrong beside the answer, for people to read."""

    def note(self, event: Event) -> None:
        """Take the next event in."""
        match event:
            case Error(replaces_answer=True):
                self._failure = event
            case Error(voids_deltas=False):
                self.notices.append(event)
            case Final():
                self._final = event

    @property
    def has_failed(self) -> bool:
        """Whether an error has taken the answer's place."""
        return self._failure is not None

    def answer(self) -> Final:
        """The answer; `NoAnswer` where an error has taken its place."""
        if self._final is None:
            raise UnexpectedReply("The search has no end.")
        if self._failure is not None:
            raise NoAnswer(self._failure, self._final)
        return self._final
