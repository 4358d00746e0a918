"""Looking after agents."""

import json

import pytest

from tests.fakes import api_values
from tests.fakes.api_server import ApiServer, Scripted, document, problem
from tests.fakes.command import Installed

REGISTRATION = ("agents", "register", "https://films.example.com", "--name", "Film guide", "--category", "Movie")


def test_agents_are_a_table_on_a_terminal_and_rows_in_a_pipe(command: Installed, api: ApiServer) -> None:
    listed = document({"agents": [api_values.agent(), api_values.agent(id="agent-2", name="Old\tguide\x1b[31m")]})
    api.plays(listed, listed)

    with command.in_terminal("agents", "list") as terminal:
        terminal.read_to_end()
    piped = command.piped("agents", "list")

    head, first, second = terminal.screen.text.splitlines()
    assert head.split() == ["ID", "NAME", "STATUS", "CATEGORIES", "HEALTH", "SUCCESS", "LATENCY"]
    assert first.index("Film guide") == head.index("NAME") == second.index("Old guide[31m")
    assert "\x1b[1mNAME" in terminal.output
    assert piped.stdout == (
        "agent-1\tFilm guide\tpending\tMovie, Film\thealthy\t98.1%\t1.2 s\n"
        "agent-2\tOld guide[31m\tpending\tMovie, Film\thealthy\t98.1%\t1.2 s\n"
    )
    assert {request.path for request in api.requests} == {"/v1/me/agents"}


def test_the_catalogue_is_searched(command: Installed, api: ApiServer) -> None:
    api.plays(document({"agents": [api_values.agent()]}))

    ran = command.piped("agents", "catalogue", "--category", "Movie", "--text", "of the 1990s", "--json")

    assert json.loads(ran.stdout) == [api_values.agent()]
    assert api.requests[0].path == "/v1/agents?category=Movie&q=of+the+1990s"


def test_a_registered_agents_key_is_put_into_its_folder(command: Installed, api: ApiServer) -> None:
    api.plays(document(api_values.agent(), 201))

    ran = command.piped(*REGISTRATION, "--category", "Film", "--public", "--key-dir", "keys")

    assert ran.returncode == 0
    assert api.requests[0].document == {
        "name": "Film guide",
        "url": "https://films.example.com",
        "categories": ["Movie", "Film"],
        "orchestrator_id": "oqtopus",
        "description": "",
        "public": True,
    }
    assert (command.home / "keys" / "oqtopus.pem").read_text() == api_values.PEM
    assert "oqtopus agents verify agent-1" in ran.stderr


def test_without_a_folder_the_key_is_shown(command: Installed, api: ApiServer) -> None:
    api.plays(document(api_values.agent(), 201))

    assert api_values.PEM in command.piped(*REGISTRATION).stdout


def test_another_agents_key_is_not_replaced_unasked(command: Installed, api: ApiServer) -> None:
    (command.home / "oqtopus.pem").write_text("another's")
    api.plays(document(api_values.agent(), 201))

    refused = command.piped(*REGISTRATION, "--key-dir", ".")
    forced = command.piped(*REGISTRATION, "--key-dir", ".", "--force")

    assert (refused.returncode, forced.returncode) == (2, 0)
    assert len(api.requests) == 1
    assert (command.home / "oqtopus.pem").read_text() == api_values.PEM


@pytest.mark.parametrize("name", ["../evil.pem", "/tmp/evil.pem", "evil", ".pem", "evil.pem\n", "EVIL.pem"])
def test_no_server_chooses_where_a_file_is_written(command: Installed, api: ApiServer, name: str) -> None:
    api.plays(document(api_values.agent(key_file_name=name), 201))

    ran = command.piped(*REGISTRATION, "--key-dir", "keys")

    assert ran.returncode == 7
    assert not list(command.home.rglob("*evil*"))


def test_a_folder_that_cannot_be_written_is_one_clear_line(command: Installed, api: ApiServer) -> None:
    (command.home / "keys").write_text("a file")
    api.plays(document(api_values.rotating(), 201))

    ran = command.piped("agents", "rotate", "agent-1", "--key-dir", "keys")

    assert ran.returncode == 2
    assert len(ran.stderr.splitlines()) == 1


def test_a_key_is_exchanged_in_two_steps(command: Installed, api: ApiServer) -> None:
    active = document(api_values.agent(key_version="2"))
    api.plays(document(api_values.rotating(), 201), document(api_values.rotating()), active)

    started = command.piped("agents", "rotate", "agent-1", "--key-dir", "keys")
    written = (command.home / "keys" / "oqtopus.pem").read_text()
    activated = command.piped("agents", "rotate", "agent-1", "--activate")

    assert written == api_values.NEXT_PEM
    assert "rotate agent-1 --activate" in started.stderr
    assert activated.stderr == "Key 2 signs the calls of Film guide.\n"
    assert [request.path.removeprefix("/v1/agents/agent-1") for request in api.requests] == [
        "/keys",
        "/keys",
        "/keys/activate",
    ]


def test_a_rotation_in_one_go_writes_the_key_before_it_is_activated(command: Installed, api: ApiServer) -> None:
    api.plays(document(api_values.rotating(), 201), problem(409, "conflict", "The agent refused the new key."))

    ran = command.piped("agents", "rotate", "agent-1", "--key-dir", "keys", "--activate")

    assert (ran.returncode, ran.stdout) == (5, "")
    assert "The agent refused the new key." in ran.stderr
    assert (command.home / "keys" / "oqtopus.pem").read_text() == api_values.NEXT_PEM


def test_an_agent_is_shown_with_its_keys(command: Installed, api: ApiServer) -> None:
    api.plays(document(api_values.rotating()))

    lines = command.piped("agents", "show", "agent-1").stdout.splitlines()

    assert "key 1\tsigns" in lines
    assert "key 2\twaits to be activated since 2026-11-22 12:00 UTC" in lines


def test_an_agent_is_verified(command: Installed, api: ApiServer) -> None:
    refused = problem(409, "conflict", "The agent answered a call signed with a foreign key.")
    api.plays(document(api_values.agent(status="active")), refused)

    verified = command.piped("agents", "verify", "agent-1")
    failed = command.piped("agents", "verify", "agent-1")

    assert (verified.returncode, verified.stderr) == (0, "Film guide is active.\n")
    assert (failed.returncode, failed.stderr.splitlines()[0][:30]) == (5, "oqtopus: The agent answered a ")


@pytest.mark.parametrize(("typed", "is_deleted"), [("y\n", True), ("YES\n", True), ("\n", False), ("no\n", False)])
def test_a_deletion_is_asked_about(command: Installed, api: ApiServer, typed: str, is_deleted: bool) -> None:
    api.plays(document(api_values.agent(name="\x1b[2JFilm guide")), Scripted(204))

    with command.in_terminal("agents", "delete", "agent-1") as terminal:
        terminal.read_until("[y/N] ")
        terminal.type(typed)
        status = terminal.read_to_end()

    assert status == (0 if is_deleted else 2)
    assert [request.method for request in api.requests] == (["GET", "DELETE"] if is_deleted else ["GET"])
    assert "\x1b[2J" not in terminal.output


def test_nothing_is_deleted_unasked_where_there_is_no_terminal(command: Installed, api: ApiServer) -> None:
    api.plays(document(api_values.agent()), Scripted(204))

    refused = command.piped("agents", "delete", "agent-1", given="y\n")
    meant = command.piped("agents", "delete", "agent-1", "--yes")

    assert (refused.returncode, meant.returncode) == (2, 0)
    assert [request.method for request in api.requests] == ["DELETE"]


def test_categories_are_listed(command: Installed, api: ApiServer) -> None:
    api.plays(document({"categories": [{"name": "Movie", "description": "Films."}]}))

    assert command.piped("categories").stdout == "Movie\tFilms.\n"


def test_health_is_shown_whatever_the_server_tells_of_it(command: Installed, api: ApiServer) -> None:
    told = {
        "condition": "failing",
        "success_rate": 0.25,
        "latency_ms": None,
        "last_failure": {"reason": "time\x1b[31mout", "at": api_values.NOON},
        "window": {"calls": 12, "latency_ms": {"mean": 40, "p95": 1_250}},
        "hours": [
            {"from": api_values.NOON, "calls": calls, "latency_ms": ms} for calls, ms in ((0, None), (4, 5), (8, 40))
        ],
        "is_due": True,
    }
    api.plays(document(told), document(told))

    shown = command.piped("agents", "health", "agent-1")
    sent = command.piped("agents", "health", "agent-1", "--json")

    assert shown.stdout.splitlines() == [
        "condition\tfailing",
        "success rate\t25.0%",
        "latency\t-",
        "last failure: reason\ttime[31mout",
        "last failure: at\t2026-11-22 12:00 UTC",
        "window: calls\t12",
        "window: latency: mean\t40 ms",
        "window: latency: p95\t1.2 s",
        "hours: calls\t·▅█ up to 8",
        "hours: latency\t·▂█ up to 40 ms",
        "is due\tyes",
    ]
    assert json.loads(sent.stdout) == told
    assert api.requests[0].path == "/v1/agents/agent-1/health"
