import json
import os
import re
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from infra.emulators.secret_manager.server import SecretManagerDouble
from infra.locks import LOCKS, pinned
from infra.manifest import Function, load_manifest, path_of
from infra.package import package, write_bill
from tests.fakes.system import free_ports, stop, wait_for

FUNCTIONS = load_manifest().functions


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_the_same_sources_make_the_same_bytes(function: Function, tmp_path: Path) -> None:
    first = package(function, tmp_path / "first")
    second = package(function, tmp_path / "second")

    assert first.read_bytes() == second.read_bytes()
    assert first.name == second.name == f"{function.name}-{sha256(first.read_bytes()).hexdigest()[:16]}.zip"


def test_a_new_package_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    search, auth = (next(each for each in FUNCTIONS if each.name == name) for name in ("search", "auth"))
    old, other = tmp_path / f"search-{'0' * 16}.zip", tmp_path / f"search-by-{'0' * 16}.zip"
    old.touch()
    other.touch()

    built = {package(search, tmp_path), package(auth, tmp_path)}

    assert set(tmp_path.iterdir()) == built | {other}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_a_package_has_one_function_its_lock_and_the_model_only_where_it_runs(
    function: Function, tmp_path: Path
) -> None:
    with zipfile.ZipFile(package(function, tmp_path)) as archive:
        names = set(archive.namelist())
        lock = archive.read("requirements.txt")

    included = {file.as_posix() for file in function.includes}
    assert included <= names
    assert {name.split("/")[0] for name in names - included} == {"functions", "main.py", "oqtopus", "requirements.txt"}
    assert {name.split("/")[1] for name in names if name.startswith("functions/")} == {"__init__.py", function.name}
    assert lock == (LOCKS / f"{function.requirements}.txt").read_bytes()
    assert all(
        "--hash=sha256:" in pin for pin in re.split(r"\n(?=[a-z0-9])", lock.decode().partition("\n")[2]) if "==" in pin
    )
    assert any("embedded/head.npz" in name for name in names) == (function.name == "search")


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_a_package_serves_on_its_own(function: Function, tmp_path: Path) -> None:
    with zipfile.ZipFile(package(function, tmp_path)) as archive:
        archive.extractall(tmp_path / "source")
    port = free_ports(1)[0]
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    arguments = ["--target", function.entry_point, "--host", "127.0.0.1", "--port", str(port)]

    process = subprocess.Popen(
        [sys.executable, "-m", "functions_framework", *arguments], cwd=tmp_path / "source", env=environ
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", process)
    finally:
        stop(process)


@pytest.mark.parametrize("function", [each for each in FUNCTIONS if each.secrets], ids=lambda function: function.name)
def test_a_packaged_function_names_the_secret_that_it_lacks(function: Function, tmp_path: Path) -> None:
    """It says so in its log, with the first request that needs it; whoever asked is not told."""
    with zipfile.ZipFile(package(function, tmp_path)) as archive:
        archive.extractall(tmp_path / "source")
    port, log = free_ports(1)[0], tmp_path / "log"
    path, method = _first_request(function)
    arguments = ["--target", function.entry_point, "--host", "127.0.0.1", "--port", str(port)]
    with SecretManagerDouble() as double, log.open("wb") as output:
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {
            "APP_ENV": "development",
            "GOOGLE_CLOUD_PROJECT": "demo-x",
            "PK_STORAGE_TYPE": "secret_manager",
            "SECRETS": "SECRET_KEY",
            "SECRET_MANAGER_EMULATOR_HOST": double.target,
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "functions_framework", *arguments],
            cwd=tmp_path / "source",
            env=environ,
            stdout=output,
            stderr=output,
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", process)
            reply = httpx.request(method, f"http://127.0.0.1:{port}{path}", trust_env=False, timeout=30)
        finally:
            stop(process)

    assert reply.status_code == 500
    assert "SECRET_KEY" not in reply.text
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines() if line.startswith("{")]
    [told] = [line for line in lines if line["message"] == "not_configured"]
    assert told["severity"] == "ERROR"
    assert told["reason"].startswith("SECRET_KEY is missing")


def _first_request(function: Function) -> tuple[str, str]:
    if function.routes:
        route = function.routes[0]
        return path_of(route.segments), route.methods[0]
    return "/events", "POST"


_ONLY_LOCKED = """
import importlib, importlib.metadata, sys
module, *locked = sys.argv[1:]
owners = importlib.metadata.packages_distributions()

class OnlyLocked:
    def find_spec(self, name, path=None, target=None):
        names = {owner.lower().replace("_", "-") for owner in owners.get(name.partition(".")[0], [])}
        if names and not names & set(locked):
            raise ModuleNotFoundError(f"{name} is not in the lock", name=name)

sys.meta_path.insert(0, OnlyLocked())
importlib.import_module(module)
from oqtopus.bootstrap import Services
from oqtopus.config import Settings
used = {
    "auth": ["accounts", "sessions", "quotas", "passwords", "authenticator"],
    "registration": ["agents", "vault", "agent_caller", "addresses", "authenticator"],
    "search": ["agents", "vault", "agent_caller", "quotas", "models", "bus", "authenticator"],
    "probe": ["agents", "vault", "agent_caller", "bus", "deliveries", "push_tokens"],
    "notify": ["accounts", "agents", "mailer", "deliveries", "push_tokens"],
    "web": [],
}[module.split(".")[1]]
common = {"APP_ENV": "development", "SECRET_KEY": "k" * 16, "PK_ENCRYPTION_SALT": "s" * 16, "OQTOPUS_HOME": "unused",
          "PUSH_AUDIENCE": "a", "PUSH_ACCOUNT": "b"}
google = {"GOOGLE_CLOUD_PROJECT": "demo-x", "STORE": "firestore", "BUS": "pubsub", "PK_STORAGE_TYPE": "secret_manager",
          "FIRESTORE_EMULATOR_HOST": "127.0.0.1:1"}
amazon = {"PK_STORAGE_TYPE": "aws", "AWS_REGION": "eu-west-1", "MAILER": "ses", "SENDER_EMAIL": "a@example.org"}
for environ in (common, common | google, common | amazon):
    services = Services(Settings.from_environ(environ))
    for name in used:
        getattr(services, name)
if module.startswith("functions.web"):
    from functions.web.main import site_at
    assert site_at("https://oqtopus.test").page(("reference",))
else:
    import google.cloud.firestore, google.cloud.pubsub_v1
    import oqtopus.adapters.platform_secrets, google.cloud.secretmanager_v1
if "vault" in used:
    import boto3, google.cloud.secretmanager
if "mailer" in used:
    import boto3
if module.startswith("functions.search"):
    import oqtopus.adapters.gemini, oqtopus.adapters.openai, aiohttp, google.genai, httpx2, openai, onnxruntime
if module.startswith("functions.registration"):
    import rotagent
"""


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_a_function_needs_nothing_that_its_lock_does_not_pin(function: Function) -> None:
    locked = pinned(LOCKS / f"{function.requirements}.txt")

    run = subprocess.run(
        [sys.executable, "-c", _ONLY_LOCKED, function.module, *locked],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": "shared:."},
    )

    assert run.returncode == 0, run.stderr


def test_a_package_ships_the_data_that_its_code_reads(tmp_path: Path) -> None:
    search = next(function for function in FUNCTIONS if function.name == "search")

    with zipfile.ZipFile(package(search, tmp_path)) as archive:
        names = set(archive.namelist())

    assert {
        "main.py",
        "requirements.txt",
        "oqtopus/adapters/embedded/head.npz",
        "oqtopus/adapters/embedded/minilm_vocab.txt",
        "oqtopus/security/common_passwords.txt",
    } <= names


def test_the_pages_package_brings_what_they_are_made_from(tmp_path: Path) -> None:
    web = next(function for function in FUNCTIONS if function.name == "web")

    with zipfile.ZipFile(package(web, tmp_path)) as archive:
        archive.extractall(tmp_path / "source")
    read = "from functions.web.main import site_at; print(len(site_at('https://oqtopus.test').page(('reference',)).content))"
    run = subprocess.run(
        [sys.executable, "-c", read], cwd=tmp_path / "source", capture_output=True, text=True, timeout=60, check=True
    )

    assert int(run.stdout) > 50_000


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_a_bill_of_materials_is_valid_and_names_what_the_lock_pins(function: Function, tmp_path: Path) -> None:
    text = write_bill(function, tmp_path).read_text(encoding="utf-8")

    document = json.loads(text)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    named = {component["name"]: component["version"] for component in document["components"]}
    assert named == pinned(LOCKS / f"{function.requirements}.txt")
    assert document["metadata"]["component"]["name"] == f"oqtopus-{function.name}"


def test_the_same_lock_makes_the_same_bill(tmp_path: Path) -> None:
    bills = [write_bill(FUNCTIONS[0], tmp_path / place).read_bytes() for place in ("first", "second")]

    assert bills[0] == bills[1]


def test_each_function_has_a_bill_with_a_number_of_its_own(tmp_path: Path) -> None:
    numbers = {json.loads(write_bill(function, tmp_path).read_bytes())["serialNumber"] for function in FUNCTIONS}

    assert len(numbers) == len(FUNCTIONS)
