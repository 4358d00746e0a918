"""`oqtopus ask` in pipes: the answer and nothing else, or events as they were sent."""

import json

import pytest

from tests.fakes import search_events
from tests.fakes.api_server import ApiServer, Gate, stream
from tests.fakes.command import Installed

QUESTION = "Who directed Heat?"
EVIL = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202eA\r\x08B\U000e0041"


def test_piped_it_is_the_answer_and_nothing_else(command: Installed, api: ApiServer) -> None:
    restart = search_events.error("model_restarted")
    api.plays(stream(search_events.QUOTA, search_events.delta("Void."), restart, *search_events.whole_search()))

    ran = command.piped("ask", "Who", "directed", "Heat?")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == (
        "Heat is by Michael Mann. [1]\n\nSources\n[1] Film guide\n    Heat  https://films.example.org/heat\n"
    )
    assert api.requests[0].document == {"query": QUESTION}


@pytest.mark.parametrize("words", [(), ("-",)])
def test_a_question_is_read_from_standard_input(command: Installed, api: ApiServer, words: tuple[str, ...]) -> None:
    api.plays(stream(*search_events.whole_search()))

    ran = command.piped("ask", *words, given=f"{QUESTION}\n")

    assert ran.returncode == 0
    assert api.requests[0].document == {"query": QUESTION}


def test_json_is_every_event_as_it_was_sent(command: Installed, api: ApiServer) -> None:
    sent = [*search_events.whole_search(EVIL), {"type": "final", "data": "x"}]
    sent.insert(1, {"type": "weather", "data": "rain"})
    api.plays(stream(*sent))

    ran = command.piped("ask", "--json", QUESTION)

    assert ran.returncode == 0
    assert [json.loads(line) for line in ran.stdout.splitlines()] == sent[:-1]
    assert ran.stdout.isascii()
    assert "\x1b" not in ran.stdout


def test_json_in_a_pipe_comes_while_the_search_goes_on(command: Installed, api: ApiServer, gate: Gate) -> None:
    api.plays(stream(search_events.QUOTA, gate, search_events.final()))

    with command.in_shell("oqtopus ask --json 'Why?' | while read -r line; do echo \"got: $line\"; done") as terminal:
        terminal.read_until('got: {"type": "quota"')
        gate.open()
        status = terminal.read_to_end()

    assert status == 0
    assert 'got: {"type": "final"' in terminal.output


def test_doubts_are_told(command: Installed, api: ApiServer) -> None:
    text = "Heat came out in 1995. It is long."
    claims = [{"number": 1, "text": "It came out in 1995."}, {"number": 2, "text": "It came out in 1996."}]
    doubtful = search_events.final(
        text,
        sources=[search_events.source(), search_events.source(2, "Old guide", references=[])],
        usage={"unsupported": [{"start": 23, "end": 34}]},
        disagreement=[{"agents": [1, 2], "claims": claims, "kind": "year"}],
    )
    api.plays(stream(search_events.QUOTA, doubtful))

    ran = command.piped("ask", QUESTION)

    assert ran.stdout == (
        f"{text}\n\nNo source says\n    “It is long.”\n\n"
        "Sources disagree\n[1] “It came out in 1995.”\n[2] “It came out in 1996.”\n\n"
        "Sources\n[1] Film guide\n    Heat  https://films.example.org/heat\n[2] Old guide\n"
    )


def test_an_answer_without_sources_is_doubted_once(command: Installed, api: ApiServer) -> None:
    usage = {"unsupported": [{"start": 0, "end": 8}, {"start": 9, "end": 17}]}
    api.plays(stream(search_events.QUOTA, search_events.final("It is so. Or not so.", sources=[], usage=usage)))

    ran = command.piped("ask", QUESTION)

    assert ran.stdout == "It is so. Or not so.\n\nNo source stands behind this answer.\n"


@pytest.mark.parametrize("code", ["no_answer", "declined", "internal"])
def test_what_is_no_answer_does_not_get_to_standard_output(command: Installed, api: ApiServer, code: str) -> None:
    failed = search_events.error(code, "No agent answered; the search will be given back.")
    api.plays(stream(search_events.QUOTA, failed, search_events.delta("Sorry."), search_events.final("Sorry.")))

    ran = command.piped("ask", QUESTION)

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "oqtopus: No agent answered; the search will be given back.\n"


def test_what_went_wrong_beside_an_answer_is_told_beside_it(command: Installed, api: ApiServer) -> None:
    notice = search_events.error("synthesis_failed", "What the agents wrote is quoted.")
    api.plays(stream(search_events.QUOTA, notice, search_events.final("“Heat is long.” [1]")))

    ran = command.piped("ask", QUESTION)

    assert ran.returncode == 0
    assert ran.stdout.startswith("“Heat is long.” [1]\n")
    assert ran.stderr == "oqtopus: What the agents wrote is quoted.\n"


@pytest.mark.parametrize("given", ["", " \n\t"])
def test_no_question_is_wrong_usage(command: Installed, given: str) -> None:
    ran = command.piped("ask", given=given)

    assert ran.returncode == 2
    assert "What is the question?" in ran.stderr
