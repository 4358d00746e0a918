"""The texts that owners of agents and operators get: plain text, short, with what to do next."""

from dataclasses import dataclass

from oqtopus.domain.accounts import Account
from oqtopus.domain.agents import SUSPENSION_AFTER_FAILURES, Agent
from oqtopus.domain.failures import in_words
from oqtopus.domain.text import visible
from oqtopus.ports import Letter as ContactLetter

_SUSPENDED = """\
Hello {owner},

your agent “{name}” {reason}, so it gets no searches for now.

What you can do: {advice}, then have it verified on its page,

    {url}/agents/{id}

or by a program, with POST /v1/agents/{id}/verify.
It gets searches again as soon as that succeeds; if it does not, the reply says what is still wrong.
We also go on probing the agent, at least once a day, and bring it back by ourselves once it passes.

oqtopus
"""
_CHECK = "check that the agent runs and answers as it must"
_OPEN = "answered a call that was signed with a foreign key, where it must refuse with status 401"
_GUARD = "have the agent check the signature of each call, as the template agent does"
_RESTORED = """\
Hello {owner},

your agent “{name}” answers as it must again: it has passed a probe and gets searches from now on.
There is nothing that you need to do. How its calls go is on its page:

    {url}/agents/{id}

oqtopus
"""
_FROM_VISITOR = """\
{name} <{email}> wrote by the contact form at {at:%Y-%m-%d %H:%M} UTC.
Nobody checked that the address is theirs. An answer to this mail does not go to them.

{text}
"""
_NEAR_CEILING = """\
Of the {ceiling} calls of language models that this installation may make in a UTC day, {used} are used today.
Once they are all used, questions are answered by the embedded model until midnight UTC.

To raise the ceiling, set MODEL_CALLS_PER_DAY.

oqtopus
"""
_NAME_IN_SUBJECT = 60


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says; `subject` is one line."""

    subject: str
    text: str


def suspended(owner: Account, agent: Agent, url: str) -> Letter:
    """It gets no searches, why, and how it gets them again."""
    health, name = agent.health, _one_line(agent.name)
    if health.failures_in_a_row >= SUSPENSION_AFTER_FAILURES:
        last = f"; the last time, {in_words(health.last_failure)}" if health.last_failure else ""
        reason, advice = f"has failed {health.failures_in_a_row} times in a row{last}", _CHECK
    else:
        reason, advice = _OPEN, _GUARD
    about = {"owner": _one_line(owner.username), "name": name, "id": agent.id, "url": url}
    text = _SUSPENDED.format(**about, reason=reason, advice=advice)
    return Letter(f"Your agent “{name}” gets no searches for now", text)


def restored(owner: Account, agent: Agent, url: str) -> Letter:
    """It gets searches again."""
    name = _one_line(agent.name)
    text = _RESTORED.format(owner=_one_line(owner.username), name=name, id=agent.id, url=url)
    return Letter(f"Your agent “{name}” gets searches again", text)


def from_visitor(letter: ContactLetter) -> Letter:
    """A letter of the contact form; the sender is ours all the same, since we can vouch for nobody else's."""
    name = _one_line(letter.name)
    text = _FROM_VISITOR.format(name=name, email=letter.email, at=letter.sent_at, text=visible(letter.text))
    return Letter(f"A letter from {name[:_NAME_IN_SUBJECT]}", text)


def near_ceiling(used: int, ceiling: int) -> Letter:
    """The operators may still do something about it."""
    return Letter(
        "oqtopus has nearly used up its model calls of today", _NEAR_CEILING.format(used=used, ceiling=ceiling)
    )


def _one_line(text: str) -> str:
    """Names may hold line breaks, which must not reach a subject, and would take a letter apart."""
    return " ".join(visible(text).split())
