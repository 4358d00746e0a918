"""What holds for every command: exit statuses, usage, speed, completion."""

import re
import socket
import subprocess
import sys
from collections.abc import Sequence

import pytest

from oqtopus.cli import completion
from oqtopus.cli.arguments import parser
from tests.fakes import api_values
from tests.fakes.api_server import ApiServer, Scripted, document, problem
from tests.fakes.command import ROOT, WORDS, Installed


@pytest.mark.parametrize(
    ("reply", "status", "told"),
    [
        (document(api_values.QUOTA), 0, ""),
        (problem(500, "internal", "The failure is logged under this instance."), 1, "request-1"),
        (Scripted(502, {"Content-Type": "text/html"}, b"<h1>"), 1, "502"),
        (problem(401, "unauthenticated", "A valid session or API token is needed."), 3, "oqtopus login"),
        (problem(403, "forbidden", "This token may search only."), 3, "may search only"),
        (problem(404, "not-found"), 4, ""),
        (problem(409, "conflict", "It is taken."), 5, "It is taken."),
        (problem(413, "too-large"), 5, ""),
        (problem(422, "unprocessable", errors=[{"pointer": "/name", "detail": "Too long."}]), 5, "/name  Too long."),
        (problem(429, "quota-spent", "All 5 searches are used.", retry_after="5400"), 6, "Try again in 2 h."),
        (problem(429, "too-many-requests", retry_after="61"), 6, "Try again in 2 min."),
        (Scripted(200, {"Content-Type": "text/html"}, b"<html>"), 7, "is this the address"),
        (Scripted(302, {"Location": "/"}), 7, "is this the address"),
    ],
)
def test_the_exit_status_says_what_went_wrong(
    command: Installed, api: ApiServer, reply: Scripted, status: int, told: str
) -> None:
    api.plays(reply)

    ran = command.piped("quota")

    assert ran.returncode == status
    assert told in ran.stderr
    assert bool(ran.stdout) is (status == 0)
    assert "Traceback" not in ran.stderr


def test_what_a_server_says_moves_no_cursor(command: Installed, api: ApiServer) -> None:
    fault = {"pointer": "/na\x1b[2Jme", "detail": "\x9b31mToo\rlong."}
    api.plays(problem(422, "unprocessable", "\x1b]0;owned\x07No.", errors=[fault]))

    with command.in_terminal("quota") as terminal:
        status = terminal.read_to_end()

    assert status == 5
    assert terminal.screen.text.splitlines() == ["oqtopus: ]0;ownedNo.", "  /na[2Jme  31mToolong."]


def test_nobody_there_is_seven(command: Installed) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"

    ran = command.piped("--url", url, "quota")

    assert ran.returncode == 7
    assert f"oqtopus: {url} cannot be reached" in ran.stderr


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("dance",),
        ("agents",),
        ("agents", "verify"),
        ("agents", "verify", "../tokens"),
        ("agents", "register", "https://films.example.com"),
        ("tokens", "create", "laptop", "--days", "0"),
        ("tokens", "create", "laptop", "--days", "366"),
        ("tokens", "create", "laptop", "--scope", "all"),
        ("completion", "tcsh"),
        ("serve", "--port", "65536"),
        ("quota", "--url", "http://oqtopus.example.org"),
        ("quota", "--url", "nonsense"),
        ("quota", "--no-col"),
        ("ask", b"\xff"),
    ],
)
def test_wrong_usage_is_two_and_asks_no_server(
    command: Installed, api: ApiServer, words: Sequence[str | bytes]
) -> None:
    ran = subprocess.run([*WORDS, *words], env=command.environ, capture_output=True, timeout=30, check=False)

    assert ran.returncode == 2
    assert b"Traceback" not in ran.stderr
    assert api.requests == []


def test_a_token_that_can_be_none_is_not_shown(command: Installed) -> None:
    ran = Installed(command.home, command.url, {"OQTOPUS_TOKEN": "oqt_with a blank"}).piped("quota")

    assert ran.returncode == 2
    assert "OQTOPUS_TOKEN" in ran.stderr
    assert "with a blank" not in ran.stderr


@pytest.mark.parametrize("agent_id", ["-8qhvxiRSi5JwU2i3Z3J", "--qhvxiRSi5JwU2i3Z3J", "-h8qvxiRSi5JwU2i3Z3J"])
def test_an_id_may_begin_with_a_hyphen(command: Installed, api: ApiServer, agent_id: str) -> None:
    api.plays(document(api_values.agent(id=agent_id)))

    ran = command.piped("agents", "show", agent_id, "--json")

    assert ran.returncode == 0
    assert api.requests[0].path == f"/v1/agents/{agent_id}"


def test_who_reads_no_further_ends_it_quietly(command: Installed, api: ApiServer) -> None:
    many = [{"name": f"Category {number}", "description": "x" * 1_000} for number in range(1_000)]
    api.plays(document({"categories": many}))

    with command.in_shell("set +o pipefail; oqtopus categories | head -1 | cut -c1-10") as terminal:
        status = terminal.read_to_end()

    assert (status, terminal.screen.text) == (0, "Category 0")


def test_options_of_all_commands_may_stand_before_and_after_them() -> None:
    words = ["--url", "https://a.example", "--json"]

    before, after = parser().parse_args([*words, "quota"]), parser().parse_args(["quota", *words])
    neither = parser().parse_args(["quota"])

    assert before == after
    assert (neither.url, neither.json, neither.no_color) == (None, False, False)


_LOADED = """
import sys
from oqtopus.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(*(name for name in HEAVY if name in sys.modules))
"""


@pytest.mark.parametrize("words", [("--help",), ("ask", "--help"), ("completion", "bash"), ("__complete", "--", "a")])
def test_help_and_completion_load_next_to_nothing(command: Installed, words: Sequence[str]) -> None:
    assert loaded(command, words, ("httpx", "rich", "oqtopus.client", "asyncio")) == []


def test_asking_loads_nothing_of_the_server(command: Installed, api: ApiServer) -> None:
    heavy = ("grpc", "numpy", "pydantic", "starlette", "asyncio", "sqlite3", "oqtopus.config", "oqtopus.bootstrap")

    assert loaded(command, ("ask", "Why?"), heavy) == []
    assert len(api.requests) == 1


def loaded(command: Installed, words: Sequence[str], heavy: Sequence[str]) -> list[str]:
    """Which of these modules the command has loaded when it is done."""
    program = _LOADED.replace("HEAVY", repr(tuple(heavy)))
    arguments = [sys.executable, "-P", "-c", program, *words]
    ran = subprocess.run(arguments, env=command.environ, capture_output=True, text=True, timeout=30, check=True)
    return ran.stdout.splitlines()[-1].split()


def test_the_version_is_the_same_everywhere(command: Installed) -> None:
    import tomllib

    import yaml

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    contract = yaml.safe_load((ROOT / "infra/openapi.yaml").read_text(encoding="utf-8"))

    assert command.piped("--version").stdout == f"oqtopus {project['version']}\n"
    assert contract["info"]["version"] == project["version"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("a",), ["admin", "agents", "ask"]),
        (("agents", "re"), ["register"]),
        (("agents", "delete", "--y"), ["--yes"]),
        (("agents", "delete", "an-id", "--"), ["--help", "--json", "--no-color", "--url", "--yes"]),
        (("tokens", "create", "--scope", ""), ["manage", "search"]),
        (("tokens", "create", "laptop", "--days", ""), []),
        (("--url", "https://a.example", "comp"), ["completion"]),
        (("--json", "comp"), ["completion"]),
        (("completion", ""), ["bash", "fish", "zsh"]),
        (("completion", "bash", ""), []),
        (("admin", "b"), ["block-agent"]),
        (("ask", "a"), []),
        (("nonsense", "agents", "re"), []),
    ],
)
def test_completion_offers_what_can_be_typed(words: Sequence[str], found: list[str]) -> None:
    assert completion.candidates(parser(), words) == found


def test_bash_completes_commands_and_file_names(command: Installed) -> None:
    (command.home / "keys").mkdir()
    script = """
        eval "$(oqtopus completion bash)"
        COMP_WORDS=(oqtopus agents re) COMP_CWORD=2
        _oqtopus; echo "commands: ${COMPREPLY[*]}"
        COMP_WORDS=(oqtopus agents register x --key-dir k) COMP_CWORD=5
        _oqtopus; echo "files: ${#COMPREPLY[@]}"
        complete -p oqtopus
    """

    with command.in_shell(script) as terminal:
        status = terminal.read_to_end()

    assert status == 0
    assert terminal.screen.text.splitlines() == [
        "commands: register",
        "files: 0",
        "complete -o default -F _oqtopus oqtopus",
    ]


@pytest.mark.parametrize("shell", sorted(completion.SCRIPTS))
def test_each_shells_script_asks_the_command(command: Installed, shell: str) -> None:
    script = command.piped("completion", shell).stdout

    assert re.search(r"oqtopus __complete -- ", script)
