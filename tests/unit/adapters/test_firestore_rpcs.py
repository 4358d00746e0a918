"""What is tried again, what is refused, and when an earlier attempt may have been done after all."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from google.api_core import exceptions

from oqtopus.adapters.firestore.rpcs import AlreadyThere, Changed, Missing, Refused, RpcLimits, answered, settled
from oqtopus.errors import Unavailable

LIMITS = RpcLimits(attempt_seconds=1.0, budget_seconds=2.0)
BRIEF = RpcLimits(attempt_seconds=1.0, budget_seconds=0.01)


@dataclass
class Script:
    """Fails with each of the failures in turn, then answers."""

    failures: Sequence[type[Exception] | Exception]
    given_seconds: list[float] = field(default_factory=list)
    told: list[bool] = field(default_factory=list)

    async def attempt(self, seconds: float) -> str:
        self.given_seconds.append(seconds)
        return self._next(len(self.given_seconds))

    async def change(self, is_maybe_done: bool) -> str:
        self.told.append(is_maybe_done)
        return self._next(len(self.told))

    def _next(self, number: int) -> str:
        if number <= len(self.failures):
            failure = self.failures[number - 1]
            raise failure("as the script says") if isinstance(failure, type) else failure
        return "answer"


@pytest.mark.parametrize(
    "passing",
    [
        exceptions.Aborted,
        exceptions.Cancelled,
        exceptions.DeadlineExceeded,
        exceptions.InternalServerError,
        exceptions.ResourceExhausted,
        exceptions.ServiceUnavailable,
        exceptions.Unknown,
    ],
)
async def test_a_failure_that_may_pass_is_tried_again(passing: type[Exception]) -> None:
    script = Script([passing, passing])

    assert await answered(script.attempt, LIMITS) == "answer"
    assert script.given_seconds[0] == LIMITS.attempt_seconds
    assert len(script.given_seconds) == 3


async def test_what_does_not_pass_within_the_budget_is_unavailable() -> None:
    with pytest.raises(Unavailable) as unavailable:
        await answered(Script([exceptions.ServiceUnavailable] * 100).attempt, BRIEF)

    assert isinstance(unavailable.value.__cause__, exceptions.ServiceUnavailable)


@pytest.mark.parametrize("defect", [exceptions.InvalidArgument, exceptions.PermissionDenied])
async def test_a_defect_of_ours_is_neither_repeated_nor_hidden(defect: type[Exception]) -> None:
    script = Script([defect])

    with pytest.raises(defect):
        await answered(script.attempt, LIMITS)

    assert len(script.given_seconds) == 1


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (exceptions.AlreadyExists, AlreadyThere),
        (exceptions.NotFound, Missing),
        (exceptions.FailedPrecondition, Changed),
    ],
)
async def test_a_refusal_says_whether_an_earlier_attempt_may_have_been_done(
    refusal: type[Exception], kind: type[Refused]
) -> None:
    before: dict[bool, list[type[Exception]]] = {
        False: [exceptions.Aborted, exceptions.ResourceExhausted],
        True: [exceptions.ServiceUnavailable, exceptions.Aborted],
    }

    for is_maybe_done, failures in before.items():
        with pytest.raises(kind) as refused:
            await answered(Script([*failures, refusal]).attempt, LIMITS)

        assert refused.value.is_maybe_done is is_maybe_done


async def test_a_change_that_others_come_between_begins_anew_and_remembers_what_may_be_done() -> None:
    script = Script([Changed(), Changed(is_maybe_done=True), AlreadyThere()])

    assert await settled(script.change, LIMITS) == "answer"
    assert script.told == [False, False, True, True]


async def test_a_change_that_others_always_come_between_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        await settled(Script([Changed()] * 1_000).change, BRIEF)


async def test_a_caller_who_leaves_ends_the_attempts() -> None:
    script = Script([exceptions.ServiceUnavailable] * 1_000)
    calling = asyncio.create_task(answered(script.attempt, RpcLimits(budget_seconds=60.0)))
    await asyncio.sleep(0)

    calling.cancel()

    with pytest.raises(asyncio.CancelledError):
        await calling
