"""`oqtopus ask` where somebody watches."""

import re

import pytest

from tests.fakes import search_events
from tests.fakes.api_server import ApiServer, Gate, stream
from tests.fakes.command import Installed

QUESTION = "Who directed Heat?"
EVIL = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202eA\r\x08B\U000e0041"


def test_what_goes_on_is_shown_until_the_answer_is_written(command: Installed, api: ApiServer, gate: Gate) -> None:
    slow = search_events.agent("Slow guide", error="timeout")
    api.plays(stream(*search_events.whole_search()[:3], slow, gate, *search_events.whole_search()[3:]))

    with command.in_terminal("ask", QUESTION) as terminal:
        terminal.read_until("Slow guide did not")
        waiting = terminal.screen
        gate.open()
        status = terminal.read_to_end()

    assert status == 0
    assert "Movie, Film: asking agents …" in waiting.text
    assert "✓ Film guide answered in 12 ms\n✗ Slow guide did not answer in time" in waiting.text
    assert not waiting.is_cursor_shown
    assert terminal.screen.is_cursor_shown
    assert terminal.screen.text == (
        "✓ Film guide answered in 12 ms\n"
        "✗ Slow guide did not answer in time\n"
        "\n"
        "Heat is by Michael Mann. [1]\n"
        "\n"
        "Sources\n"
        "[1] Film guide\n"
        "    Heat  https://films.example.org/heat\n"
        "\n"
        "4 of 5 searches are left today."
    )
    assert "\x1b[32m✓ Film guide" in terminal.output


def test_the_answer_is_written_as_it_comes_and_then_put_right(command: Installed, api: ApiServer, gate: Gate) -> None:
    api.plays(
        stream(search_events.QUOTA, search_events.delta("Heat is "), gate, search_events.final("Heat is long. [1]"))
    )

    with command.in_terminal("ask", QUESTION) as terminal:
        terminal.read_until("Heat is")
        coming = terminal.screen.text
        gate.open()
        terminal.read_to_end()

    assert coming == "Heat is"
    assert terminal.screen.text.startswith("Heat is long. [1]\n\nSources\n")


def test_void_pieces_go_away(command: Installed, api: ApiServer, gate: Gate) -> None:
    pieces = search_events.delta("Void."), search_events.error("model_restarted"), search_events.delta("Heat")
    api.plays(stream(search_events.QUOTA, *pieces, gate, search_events.final()))

    with command.in_terminal("ask", QUESTION) as terminal:
        terminal.read_until("Heat")
        coming = terminal.screen.text
        gate.open()
        status = terminal.read_to_end()

    assert status == 0
    assert coming == "Heat"
    assert terminal.screen.text.startswith("Heat is by Michael Mann. [1]\n")


def test_of_a_long_answer_the_end_is_shown_while_it_is_written(command: Installed, api: ApiServer, gate: Gate) -> None:
    text = " ".join(f"word{number}" for number in range(1_000))
    api.plays(stream(search_events.QUOTA, search_events.delta(text), gate, search_events.final(text)))

    with command.in_terminal("ask", QUESTION) as terminal:
        terminal.read_until("word999")
        coming = terminal.screen.text
        gate.open()
        terminal.read_to_end()

    assert len(coming.splitlines()) <= 30
    assert "word0 " not in coming
    assert terminal.screen.text.startswith(f"{text}\n")


@pytest.mark.parametrize("is_watched", [True, False])
def test_no_text_of_others_moves_the_cursor_or_changes_colours(
    command: Installed, api: ApiServer, is_watched: bool
) -> None:
    source = search_events.source(name=EVIL, references=[{"title": EVIL, "url": f"https://example.org/{EVIL}"}])
    named = search_events.agent(EVIL)
    broken = search_events.agent(EVIL, error=EVIL)
    category = {**search_events.CATEGORY, "categories": [EVIL]}
    text = f"Text {EVIL}"
    events = [category, named, broken, search_events.delta(text), search_events.final(text, sources=[source])]
    api.plays(stream(search_events.QUOTA, *events))

    if is_watched:
        with command.in_terminal("ask", "--no-color", QUESTION) as terminal:
            terminal.read_to_end()
        written = terminal.screen.text
    else:
        written = command.piped("ask", QUESTION).stdout

    # The screen knows no sequence but those that are ours, and fails on any other.
    assert "Text [2J]0;owned31mAB" in written
    assert f"[1] {'[2J]0;owned31mAB'}" in written


@pytest.mark.parametrize(
    ("words", "environ"), [(("--no-color",), {}), ((), {"NO_COLOR": "1"})], ids=["option", "environment"]
)
def test_without_colours_the_terminal_shows_plain_text(
    command: Installed, api: ApiServer, words: tuple[str, ...], environ: dict[str, str]
) -> None:
    api.plays(stream(*search_events.whole_search()))

    with command.in_terminal(*words, "ask", QUESTION, **environ) as terminal:
        terminal.read_to_end()

    assert "Sources" in terminal.output
    assert re.search(r"\x1b\[[0-9;]*m", terminal.output) is None


def test_a_typewriter_gets_plain_text(command: Installed, api: ApiServer) -> None:
    api.plays(stream(*search_events.whole_search()))

    with command.in_terminal("ask", QUESTION, TERM="dumb") as terminal:
        terminal.read_to_end()

    assert "\x1b" not in terminal.output
    assert terminal.output.startswith("Heat is by Michael Mann. [1]\r\n")


def test_a_narrower_window_is_not_overrun(command: Installed, api: ApiServer, gate: Gate) -> None:
    named = search_events.agent("A guide whose name is so long that no small window has room for all of it")
    api.plays(stream(search_events.QUOTA, search_events.CATEGORY, gate, named, *search_events.whole_search()[3:]))

    with command.in_terminal("ask", QUESTION) as terminal:
        terminal.read_until("asking agents")
        terminal.resize(20, 40)
        before = len(terminal.output)
        gate.open()
        terminal.read_to_end()

    shown = terminal.output[before:].partition("Heat is")[0]
    assert "✓ A guide whose name is so long that no…" in shown
    assert "small window" not in shown
    assert terminal.screen.text.count("✓") == 1


def test_ctrl_c_ends_the_search_and_tidies_up(command: Installed, api: ApiServer, gate: Gate) -> None:
    api.plays(stream(search_events.QUOTA, search_events.CATEGORY, search_events.agent(), gate))

    with command.in_terminal("ask", QUESTION) as terminal:
        terminal.read_until("Film guide answered")
        terminal.type("\x03")
        status = terminal.read_to_end()

    assert status == 130
    assert api.left.wait(5)
    assert terminal.screen.is_cursor_shown
    assert "Traceback" not in terminal.output


def test_ctrl_c_in_the_midst_of_the_text_leaves_it(command: Installed, api: ApiServer, gate: Gate) -> None:
    api.plays(stream(search_events.QUOTA, search_events.delta("Heat is "), gate))

    with command.in_terminal("ask", QUESTION) as terminal:
        terminal.read_until("Heat is")
        terminal.type("\x03")
        status = terminal.read_to_end()

    assert status == 130
    assert api.left.wait(5)
    assert terminal.screen.text.removeprefix("^C").strip() == "Heat is"
    assert terminal.screen.is_cursor_shown


def test_a_stream_that_breaks_off_is_told(command: Installed, api: ApiServer) -> None:
    api.plays(stream(search_events.QUOTA, search_events.delta("Heat is "), ends=False))

    with command.in_terminal("ask", QUESTION) as terminal:
        status = terminal.read_to_end()

    assert status == 7
    assert terminal.screen.text == "Heat is\noqtopus: The stream of events broke off before its end."


def test_progress_is_shown_beside_a_result_that_goes_into_a_file(command: Installed, api: ApiServer) -> None:
    api.plays(stream(*search_events.whole_search()))

    with command.in_shell("oqtopus ask 'Who directed Heat?' > answer.txt; head -1 answer.txt") as terminal:
        status = terminal.read_to_end()

    assert status == 0
    assert "✓ Film guide" in terminal.screen.text
    assert "Heat is by Michael Mann. [1]" in terminal.screen.text
    assert (command.home / "answer.txt").read_text(encoding="utf-8").startswith("Heat is by Michael Mann. [1]\n")
