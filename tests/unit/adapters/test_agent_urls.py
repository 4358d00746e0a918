"""The table of URLs, each called and probed: nothing inside is dialled, and nothing but what was judged (U1 to U12)."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from oqtopus.adapters.agent_transport import MAX_ATTEMPTS
from oqtopus.security.egress import AddressPolicy
from tests.agent_urls.changes import CHANGES, Change
from tests.agent_urls.rows import AGENT, PUBLIC, Row
from tests.agent_urls.table import AS_IT_IS_RUN, ROW_NAMES, ROWS
from tests.fakes.agent_stage import Stage, staged

PROXY = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that sends other clients to a proxy where nobody listens."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, PROXY)
        monkeypatch.setenv(name.lower(), PROXY)


def place_of(row: Row) -> tuple[str, int]:
    """The host and the port that a good row's agent is to be called at."""
    parts = urlsplit(row.kept)
    return parts.hostname or "", parts.port or 443


def host_looked_up(row: Row) -> list[str]:
    return [place_of(row)[0]] if row.kept else []


@pytest.mark.parametrize(("policy", "row"), ROWS, ids=ROW_NAMES)
async def test_a_call_goes_to_the_judged_address_or_nowhere(policy: AddressPolicy, row: Row) -> None:
    async with staged(policy, [row.answers]) as stage:
        outcome = await stage.call(row.url)

        assert stage.names.looked_up == host_looked_up(row)
        if row.rule is not None:
            assert (outcome, stage.names.dialled, stage.requests) == ("blocked", [], [])
        else:
            assert outcome == "answered"
            assert stage.names.dialled == [(row.answers[0], place_of(row)[1])]
            assert_named(stage, row)


def assert_named(stage: Stage, row: Row) -> None:
    """SNI, the certificate that was checked, `Host` and the target are those of the name."""
    kept = urlsplit(row.kept)
    sni = [kept.hostname] if kept.scheme == "https" else []
    assert stage.certified == sni
    assert stage.names.server_names == (sni or [None])
    [request] = stage.requests
    assert request.header("host") == kept.netloc
    assert request.line == f"POST {kept.path}/agent HTTP/1.1"


@pytest.mark.parametrize(("policy", "row"), ROWS, ids=ROW_NAMES)
async def test_a_probe_comes_to_the_same_verdict_as_a_call(policy: AddressPolicy, row: Row) -> None:
    async with staged(policy, [row.answers]) as stage:
        outcome = await stage.probe(row.url)

        assert outcome == ("answered" if row.rule is None else "blocked")
        allowed = {(row.answers[0], place_of(row)[1])} if row.rule is None else set()
        assert set(stage.names.dialled) == allowed
        assert set(stage.names.looked_up) == set(host_looked_up(row))
        if row.rule is None:
            assert len(stage.names.looked_up) == len(stage.names.dialled)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
async def test_a_name_that_changes_its_answers_is_judged_at_each_look_up(change: Change) -> None:
    async with staged(AS_IT_IS_RUN, change.answers) as stage:
        outcomes = [outcome async for outcome in outcomes_of(stage, change)]

        dialled = tuple(address for address, _ in stage.names.dialled)
        assert tuple(outcomes) == change.outcomes
        if "probe" in change.steps:
            # A probe makes two calls, on one connection or on two.
            assert set(dialled) == set(change.dialled)
        else:
            assert dialled == change.dialled


async def outcomes_of(stage: Stage, change: Change) -> AsyncIterator[str]:
    for step in change.steps:
        match step:
            case "call":
                yield await stage.call(AGENT)
            case "probe":
                yield await stage.probe(AGENT)
            case "close":
                await stage.close()
            case "give up":
                stage.is_giving_up = True


@pytest.mark.parametrize("refusing", range(MAX_ATTEMPTS + 1))
async def test_addresses_are_tried_in_their_order_and_no_further_look_up_is_made(refusing: int) -> None:
    answers = ("1.1.1.1", "2606:4700:4700::1111", "8.8.8.8", "2001:4860:4860::8888", PUBLIC)
    async with staged(AS_IT_IS_RUN, [answers, ("127.0.0.1",)]) as stage:
        stage.names.refusing = frozenset(answers[:refusing])
        outcome = await stage.call(AGENT)

        tried = min(refusing + 1, MAX_ATTEMPTS)
        assert outcome == ("answered" if refusing < MAX_ATTEMPTS else "unreachable")
        assert [address for address, _ in stage.names.dialled] == list(answers[:tried])
        assert len(stage.names.looked_up) == 1


async def test_of_calls_at_once_each_dials_what_its_own_look_up_said() -> None:
    answers = [(PUBLIC,), ("10.0.0.1",), ("8.8.8.8",), (PUBLIC, "127.0.0.1"), ("1.1.1.1",)]
    async with staged(AS_IT_IS_RUN, answers) as stage:
        stage.names.together = asyncio.Barrier(len(answers))
        outcomes = await asyncio.gather(*(stage.call(AGENT) for _ in answers))

        assert sorted(outcomes) == ["answered"] * 3 + ["blocked"] * 2
        assert sorted(address for address, _ in stage.names.dialled) == ["1.1.1.1", "8.8.8.8", PUBLIC]


def test_the_table_is_as_large_as_it_should_be() -> None:
    assert len(set(ROW_NAMES)) == len(ROW_NAMES)
    assert len(ROWS) >= 1_000
    assert sum(row.rule is None for _, row in ROWS) >= 150
    assert len({change.name for change in CHANGES}) == len(CHANGES) >= 50
