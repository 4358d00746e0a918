"""Lines: so many at once for each key, first come first served, and nothing is left of those who have gone."""

import asyncio
from collections.abc import Callable

import pytest

from oqtopus.adapters.turns import Turns


class Guests:
    """Tasks that stand in line and stay inside until they are told to leave."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self.inside: list[str] = []

    def come(self, name: str, key: str = "key") -> "Guest":
        leave = asyncio.Event()
        return Guest(asyncio.create_task(self._visit(name, key, leave)), leave)

    async def _visit(self, name: str, key: str, leave: asyncio.Event) -> None:
        async with self._turns.turn(key):
            self.inside.append(name)
            try:
                await leave.wait()
            finally:
                self.inside.remove(name)


class Guest:
    def __init__(self, task: "asyncio.Task[None]", leave: asyncio.Event) -> None:
        self.task = task
        self.leave = leave


async def settled() -> None:
    """Let every task go as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
def turns() -> Turns:
    return Turns(2)


@pytest.fixture
async def guests(turns: Turns) -> Guests:
    return Guests(turns)


def leave(guest: Guest) -> None:
    guest.leave.set()


def go_away(guest: Guest) -> None:
    guest.task.cancel()


async def test_there_is_room_for_so_many_and_the_others_follow_in_order(guests: Guests) -> None:
    came = [guests.come(name) for name in "abcd"]
    await settled()
    seen = [list(guests.inside)]

    for guest in came[:2]:
        leave(guest)
        await settled()
        seen.append(list(guests.inside))

    assert seen == [["a", "b"], ["b", "c"], ["c", "d"]]
    for guest in came:
        go_away(guest)


async def test_another_line_does_not_wait(guests: Guests) -> None:
    came = [guests.come(name) for name in "abc"] + [guests.come("other", "another key")]
    await settled()

    assert guests.inside == ["a", "b", "other"]
    for guest in came:
        go_away(guest)


async def test_there_is_room_until_all_places_are_taken(turns: Turns, guests: Guests) -> None:
    seen = [turns.has_room("key")]
    came = []
    for name in "ab":
        came.append(guests.come(name))
        await settled()
        seen.append(turns.has_room("key"))

    assert seen == [True, True, False]
    for guest in came:
        go_away(guest)


@pytest.mark.parametrize("end", [leave, go_away])
async def test_whoever_goes_from_inside_or_out_of_the_line_leaves_no_trace(
    turns: Turns, guests: Guests, end: Callable[[Guest], None]
) -> None:
    inside, waiting = [guests.come(name) for name in "ab"], [guests.come(name) for name in "cd"]
    last = guests.come("last")
    await settled()

    for guest in waiting:
        go_away(guest)
    for guest in inside:
        end(guest)
    await settled()
    seen = list(guests.inside)
    leave(last)
    await settled()

    assert seen == ["last"]
    assert len(turns) == 0


async def test_who_is_called_in_and_cancelled_at_the_same_time_passes_the_place_on(
    turns: Turns, guests: Guests
) -> None:
    inside = guests.come("inside")
    async with turns.turn("key"):
        called, last = guests.come("called"), guests.come("last")
        await settled()

    go_away(called)
    await settled()

    assert guests.inside == ["inside", "last"]
    for guest in (inside, last):
        leave(guest)
    await settled()
    assert len(turns) == 0
