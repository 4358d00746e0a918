"""The step before `final`: what of the answer comes from which agent, and where the agents disagree."""

import asyncio
from collections.abc import Sequence

from oqtopus.domain.events import AgentAnswered, Source
from oqtopus.domain.marks import keeping, runs
from oqtopus.domain.model import Passage
from oqtopus.domain.reviews import Review, whole
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
        return _unchecked(text, passages)


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


def _unchecked(text: str, passages: Sequence[Passage]) -> Review:
    """The answer as it is but for marks that name no passage, as one claim that nothing proves."""
    cleaned = keeping(text, runs(text), {passage.number for passage in passages})
    return Review(cleaned, unsupported=whole(cleaned))
