"""The texts that owners of agents get: plain text, short, with what to do next."""

from dataclasses import dataclass

from oqtopus.domain.accounts import Account
from oqtopus.domain.agents import SUSPENSION_AFTER_FAILURES, Agent
from oqtopus.domain.failures import in_words
from oqtopus.domain.text import visible

_SUSPENDED = """\
Hello {owner},

your agent “{name}” has failed {failures} times in a row, so it gets no searches for now.{reason}

What you can do: check that the agent runs and answers as it must, then call

    POST /v1/agents/{id}/verify

It gets searches again as soon as that succeeds; if it does not, the reply says what is still wrong.
We also go on probing the agent, at least once a day, and bring it back by ourselves once it passes.

oqtopus
"""
_RESTORED = """\
Hello {owner},

your agent “{name}” answers as it must again: it has passed a probe and gets searches from now on.
There is nothing that you need to do.

oqtopus
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says; `subject` is one line."""

    subject: str
    text: str


def suspended(owner: Account, agent: Agent) -> Letter:
    """It gets no searches, why, and how it gets them again."""
    failure, name = agent.health.last_failure, _one_line(agent.name)
    text = _SUSPENDED.format(
        owner=_one_line(owner.username),
        name=name,
        id=agent.id,
        failures=SUSPENSION_AFTER_FAILURES,
        reason=f"\nThe last time, {in_words(failure)}." if failure else "",
    )
    return Letter(f"Your agent “{name}” gets no searches for now", text)


def restored(owner: Account, agent: Agent) -> Letter:
    """It gets searches again."""
    name = _one_line(agent.name)
    return Letter(
        f"Your agent “{name}” gets searches again", _RESTORED.format(owner=_one_line(owner.username), name=name)
    )


def _one_line(text: str) -> str:
    """Names may hold line breaks, which must not reach a subject, and would take a letter apart."""
    return " ".join(visible(text).split())
