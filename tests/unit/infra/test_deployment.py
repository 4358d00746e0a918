"""What the verbs of deployment ask of Terraform and of gcloud, and what they do when those refuse."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest

from infra.deployment import deploy as deployment
from infra.deployment.bootstrap import bootstrap
from infra.deployment.deploy import CONFIG, GATEWAY, deploy, destroy, plan
from infra.deployment.programs import Failed, Place, main_of, place_of
from oqtopus.errors import ConfigurationError
from tests.fakes.programs import Programs

PLACE = Place("our-project", "europe-west4")
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
VARIABLES = "-var=project=our-project -var=region=europe-west4"
THERE = {"address": GATEWAY, "values": {}}


def state(*resources: object) -> object:
    return {"values": {"root_module": {"child_modules": [{"resources": list(resources)}]}}}


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """An installation whose gateway is there and whose secrets have values."""
    made = Programs(tmp_path / "bin")
    monkeypatch.setenv("PATH", made.path)
    for name in ("TERRAFORM", "YES", "STREAMING"):
        monkeypatch.delenv(name, raising=False)
    made.answer(["output", "url"], '"https://oqtopus.example.org"')
    made.answer(["output", "secrets"], ["SECRET_KEY"])
    made.answer(["versions", "list"], "1\n")
    return made


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What the operator types, line by line."""

    def type_lines(*lines: str) -> None:
        monkeypatch.setattr(sys, "stdin", StringIO("".join(f"{line}\n" for line in lines)))

    return type_lines


def test_bootstrap_makes_a_rotated_key_and_a_private_versioned_bucket(programs: Programs) -> None:
    programs.answer(["describe"], status=1)

    bootstrap(PLACE, NOW)

    [key] = [call for call in programs.calls if "kms keys create" in call]
    [bucket] = [call for call in programs.calls if "buckets create" in call]
    assert "--rotation-period=90d --next-rotation-time=2027-02-24T12:00:00Z" in key
    assert "gs://our-project-oqtopus-state --location=europe-west4" in bucket
    assert "--uniform-bucket-level-access --public-access-prevention" in bucket
    assert f"--default-encryption-key={PLACE.key}" in bucket
    assert any("buckets update gs://our-project-oqtopus-state --versioning" in call for call in programs.calls)


def test_bootstrap_leaves_what_is_there(programs: Programs) -> None:
    bootstrap(PLACE, NOW)

    assert not [call for call in programs.calls if " create " in call]


def test_a_plan_changes_nothing(programs: Programs) -> None:
    plan(PLACE)

    assert programs.calls == [
        "terraform -chdir=terraform init -input=false -reconfigure -backend-config=bucket=our-project-oqtopus-state",
        f"terraform -chdir=terraform plan -input=false {VARIABLES}",
    ]


def test_what_was_shown_is_applied_once_the_operator_agrees(programs: Programs, says: Callable[..., None]) -> None:
    programs.answer(["show"], state(THERE))
    says("yes")

    deploy(PLACE)

    steps = [call for call in programs.calls if " plan " in call or " apply " in call]
    assert steps == [
        f"terraform -chdir=terraform plan -input=false -out={deployment.PLAN} {VARIABLES}",
        f"terraform -chdir=terraform apply -input=false {deployment.PLAN}",
    ]


@pytest.mark.parametrize("answer", ["", "y", "no", "YES"])
def test_anything_but_yes_changes_nothing(programs: Programs, says: Callable[..., None], answer: str) -> None:
    programs.answer(["show"], state(THERE))
    says(answer)

    with pytest.raises(Failed, match="nothing was changed"):
        deploy(PLACE)

    assert not [call for call in programs.calls if " apply " in call]


def test_a_pipeline_agrees_by_a_variable(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    programs.answer(["show"], state(THERE))
    monkeypatch.setenv("YES", "1")

    deploy(PLACE)

    assert [call for call in programs.calls if " apply " in call]


def test_the_first_deployment_makes_the_gateway_with_streaming_on_and_imports_it(
    programs: Programs, says: Callable[..., None]
) -> None:
    programs.answer(["show"], state(), state({"address": CONFIG, "values": {"api_config_id": "oqtopus-7"}}))
    programs.answer(["gateways", "describe"], status=1)
    says("yes", "yes")

    deploy(PLACE)

    calls = [call for call in programs.calls if not call.startswith("terraform -chdir=terraform show")]
    assert f"-target={CONFIG}" in calls[1]
    assert " apply " in calls[2]
    assert "gateways create oqtopus --location=europe-west4 --api=oqtopus --api-config=oqtopus-7" in calls[4]
    assert "--enable-streaming" in calls[4]
    assert calls[5].endswith(f"{GATEWAY} projects/our-project/locations/europe-west4/gateways/oqtopus")
    assert " import " in calls[5]


def test_a_gateway_that_was_made_before_it_could_be_imported_is_not_made_again(
    programs: Programs, says: Callable[..., None]
) -> None:
    programs.answer(["show"], state(), state({"address": CONFIG, "values": {"api_config_id": "oqtopus-7"}}))
    says("yes", "yes")

    deploy(PLACE)

    assert not [call for call in programs.calls if "gateways create" in call]
    assert [call for call in programs.calls if " import " in call]


def test_whoever_wants_no_preview_has_terraform_make_the_gateway(
    programs: Programs, says: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAMING", "0")
    says("yes")

    deploy(PLACE)

    assert not [call for call in programs.calls if "gateways" in call or " import " in call]


def test_a_secret_without_a_value_is_named_and_so_is_how_to_fill_it(
    programs: Programs, says: Callable[..., None], capfd: pytest.CaptureFixture[str]
) -> None:
    programs.answer(["show"], state(THERE))
    programs.answer(["versions", "list"], "")
    says("yes")

    with pytest.raises(Failed, match="SECRET_KEY"):
        deploy(PLACE)

    assert "openssl rand -hex 32 | gcloud secrets versions add SECRET_KEY" in capfd.readouterr().err


def test_destroying_asks_for_the_projects_name_and_lifts_protection_first(
    programs: Programs, says: Callable[..., None]
) -> None:
    says("our-project", "yes", "yes")

    destroy(PLACE)

    lifted, gone = [call for call in programs.calls if " plan " in call]
    assert "-var=deletion_protection=false" in lifted
    assert "-destroy" not in lifted
    assert gone.endswith("-var=deletion_protection=false -destroy")


def test_another_name_destroys_nothing(programs: Programs, says: Callable[..., None]) -> None:
    says("their-project", "yes", "yes")

    with pytest.raises(Failed, match="nothing was changed"):
        destroy(PLACE)

    assert not [call for call in programs.calls if " apply " in call]


def test_what_terraform_refuses_ends_the_deployment(programs: Programs) -> None:
    programs.answer(["init"], status=1)

    with pytest.raises(Failed, match="terraform"):
        plan(PLACE)

    assert len(programs.calls) == 1


def test_a_project_must_be_named() -> None:
    with pytest.raises(ConfigurationError, match="PROJECT"):
        place_of({})


def test_the_region_has_a_default() -> None:
    assert place_of({"PROJECT": "ours"}) == Place("ours", "europe-west1")


@pytest.mark.parametrize(("error", "status"), [(ConfigurationError("why"), 2), (Failed("why"), 1)])
def test_a_verb_that_stops_says_why(
    error: Exception, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(_: Place) -> None:
        raise error

    monkeypatch.setenv("PROJECT", "ours")

    assert main_of(stop) == status
    assert "why" in capsys.readouterr().err
