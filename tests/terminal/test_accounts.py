"""Signing in and out, and what is kept of it."""

import json
import stat
from pathlib import Path

import pytest

from tests.fakes import api_values
from tests.fakes.api_server import ApiServer, Scripted, document, problem
from tests.fakes.command import Installed

PASSWORD = "a long enough passphrase"


def sessions(command: Installed) -> Path:
    return command.home / ".config" / "oqtopus" / "sessions.json"


def signed_in(command: Installed, api: ApiServer) -> None:
    api.plays(document(api_values.login(), 201))
    assert command.piped("login", "ada@example.org", "--password-stdin", given=PASSWORD).returncode == 0
    api.requests.clear()


def test_a_password_is_asked_for_and_not_shown(command: Installed, api: ApiServer) -> None:
    api.plays(document(api_values.login(), 201))

    with command.in_terminal("login") as terminal:
        terminal.read_until("E-mail: ")
        terminal.type("ada@example.org\n")
        terminal.read_until("Password: ")
        terminal.type(f"{PASSWORD}\n")
        status = terminal.read_to_end()

    assert status == 0
    assert api.requests[0].document == {"email": "ada@example.org", "password": PASSWORD}
    assert PASSWORD not in terminal.output
    assert "oqs_a-session" not in terminal.output
    assert f"Signed in to {api.url} as ada@example.org." in terminal.screen.text


def test_ctrl_c_at_a_prompt_is_an_interruption(command: Installed) -> None:
    with command.in_terminal("login", "ada@example.org") as terminal:
        terminal.read_until("Password: ")
        terminal.type("\x03")
        status = terminal.read_to_end()

    assert status == 130
    assert "Traceback" not in terminal.output


def test_a_session_is_kept_for_its_owner_alone_and_used_from_then_on(command: Installed, api: ApiServer) -> None:
    api.plays(document(api_values.login(), 201), document(api_values.ME))

    login = command.piped("login", "ada@example.org", "--password-stdin", given=f"{PASSWORD}\n")
    who = command.piped("whoami")

    assert (login.returncode, login.stdout) == (0, "")
    assert api.requests[0].document["password"] == PASSWORD
    assert stat.S_IMODE(sessions(command).stat().st_mode) == 0o600
    assert stat.S_IMODE(sessions(command).parent.stat().st_mode) == 0o700
    assert api.requests[1].headers["authorization"] == "Bearer oqs_a-session"
    assert who.stdout.splitlines()[0] == "account\tada <ada@example.org>"
    assert "oqs_a-session" not in login.stderr + who.stdout + who.stderr


def test_the_server_of_the_last_login_is_the_one_that_is_asked(command: Installed, api: ApiServer) -> None:
    signed_in(command, api)
    api.plays(document(api_values.QUOTA))
    elsewhere = Installed(command.home, "")

    ran = elsewhere.piped("quota")

    assert (ran.returncode, ran.stdout) == (0, "left\t4 of 5 searches\nfull again\t2026-11-23 00:00 UTC\n")


def test_no_other_server_gets_to_see_a_session(command: Installed, api: ApiServer) -> None:
    signed_in(command, api)
    api.plays(document(api_values.QUOTA))
    other = api.url.replace("127.0.0.1", "localhost")

    ran = command.piped("quota", "--url", other)

    assert ran.returncode == 0
    assert "authorization" not in api.requests[0].headers


def test_a_token_of_the_environment_goes_before_the_session(command: Installed, api: ApiServer) -> None:
    signed_in(command, api)
    api.plays(document(api_values.QUOTA))

    Installed(command.home, api.url, {"OQTOPUS_TOKEN": "oqt_given"}).piped("quota")

    assert api.requests[0].headers["authorization"] == "Bearer oqt_given"


@pytest.mark.parametrize("reply", [Scripted(204), problem(401, "unauthenticated")], ids=["alive", "ended"])
def test_a_logout_ends_the_session_and_forgets_it(command: Installed, api: ApiServer, reply: Scripted) -> None:
    signed_in(command, api)
    api.plays(reply)

    ran = Installed(command.home, api.url, {"OQTOPUS_TOKEN": "oqt_given"}).piped("logout")

    assert ran.returncode == 0
    assert (api.requests[0].method, api.requests[0].path) == ("DELETE", "/v1/sessions/current")
    assert api.requests[0].headers["authorization"] == "Bearer oqs_a-session"
    assert json.loads(sessions(command).read_text())["sessions"] == {}


def test_a_session_that_could_not_be_ended_is_kept(command: Installed, api: ApiServer) -> None:
    signed_in(command, api)
    api.plays(problem(500, "internal"))

    ran = command.piped("logout")

    assert ran.returncode == 1
    assert "oqs_a-session" in sessions(command).read_text()


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_sessions_that_others_may_read_are_not_used(command: Installed, api: ApiServer, mode: int) -> None:
    signed_in(command, api)
    sessions(command).chmod(mode)

    ran = command.piped("quota")

    assert ran.returncode == 2
    assert "chmod 600" in ran.stderr
    assert api.requests == []


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"url": null, "sessions": {"https://x": {}}}'])
def test_damaged_sessions_are_one_clear_line(command: Installed, api: ApiServer, text: str) -> None:
    signed_in(command, api)
    sessions(command).write_text(text)

    ran = command.piped("quota")

    assert ran.returncode == 2
    assert len(ran.stderr.splitlines()) == 1
    assert "sign in again" in ran.stderr


def test_sessions_that_cannot_be_kept_are_one_clear_line(command: Installed, api: ApiServer) -> None:
    (command.home / ".config").write_text("a file")
    api.plays(document(api_values.login(), 201))

    ran = command.piped("login", "ada@example.org", "--password-stdin", given=PASSWORD)

    assert ran.returncode == 2
    assert len(ran.stderr.splitlines()) == 1


def test_a_new_account_is_made_before_signing_in(command: Installed, api: ApiServer) -> None:
    api.plays(document(api_values.ACCOUNT, 201), document(api_values.login(), 201))

    ran = command.piped("login", "--new", "ada@example.org", "--password-stdin", given=PASSWORD)

    assert ran.returncode == 0
    assert [request.path for request in api.requests] == ["/v1/accounts", "/v1/sessions"]


def test_an_account_whose_address_must_be_shown_first_is_not_signed_in(command: Installed, api: ApiServer) -> None:
    api.plays(document({"status": "verification_sent"}, 202))

    ran = command.piped("login", "--new", "ada@example.org", "--password-stdin", given=PASSWORD)

    assert ran.returncode == 0
    assert "A mail is on its way" in ran.stderr
    assert not sessions(command).exists()


@pytest.mark.parametrize("words", [("login",), ("login", "ada@example.org")])
def test_nobody_is_asked_where_there_is_no_terminal(command: Installed, words: tuple[str, ...]) -> None:
    ran = command.piped(*words, given=PASSWORD)

    assert ran.returncode == 2
    assert len(ran.stderr.splitlines()) == 1


def test_a_new_tokens_secret_alone_is_on_standard_output(command: Installed, api: ApiServer) -> None:
    api.plays(document(api_values.NEW_TOKEN, 201))

    ran = command.piped("tokens", "create", "laptop", "--scope", "search", "--days", "30")

    assert (ran.returncode, ran.stdout) == (0, "oqt_shown-once\n")
    assert api.requests[0].document == {"name": "laptop", "scope": "search", "expires_in_days": 30}


def test_tokens_are_listed_and_revoked(command: Installed, api: ApiServer) -> None:
    api.plays(document({"tokens": [api_values.TOKEN]}), Scripted(204))

    listed = command.piped("tokens", "list")
    revoked = command.piped("tokens", "revoke", "token-1")

    assert listed.stdout == "token-1\tlaptop\tsearch\toqt_abcdef…\t2026-11-22 12:00 UTC\n"
    assert revoked.returncode == 0
    assert (api.requests[1].method, api.requests[1].path) == ("DELETE", "/v1/tokens/token-1")
