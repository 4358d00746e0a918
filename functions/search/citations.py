"""The step before `final`: what of the answer comes from which agent, and where the agents disagree."""

import asyncio
from collections.abc import Sequence

from oqtopus.domain.citations import unchecked
from oqtopus.domain.events import AgentAnswered, Source
from oqtopus.domain.model import Passage
from oqtopus.domain.reviews import Review
from oqtopus.observability import event_log
from oqtopus.ports import AnswerReviewer

log = event_log(__name__)

REVIEW_SECONDS = 5.0
"""How long an answer waits for its review; it takes some milliseconds where no other work is before it."""


async def reviewed(
    reviewer: AnswerReviewer, text: str, good: Sequence[AgentAnswered], seconds: float = REVIEW_SECONDS
) -> Review:
    """The review against the agents' own words; without one in time, the answer as one unsupported text."""
    passages = [
        Passage(number, answer.name, answer.reply.answer)
        for number, answer in enumerate(good, 1)
        if answer.reply is not None
    ]
    try:
        async with asyncio.timeout(seconds):
            return await reviewer.review(text, passages)
    except TimeoutError:
        log.warning("review_late", passages=len(passages))
        return unchecked(text, passages)


def sources(good: Sequence[AgentAnswered], review: Review) -> tuple[Source, ...]:
    return tuple(
        Source(
            number,
            answer.agent_id,
            answer.agent_url,
            answer.name,
            answer.reply.references,
            answer.ms,
            tuple(review.claims.get(number, ())),
        )
        for number, answer in enumerate(good, 1)
        if answer.reply is not None
    )
