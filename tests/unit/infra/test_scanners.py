import json
from datetime import date
from pathlib import Path

import pytest

from infra.scanners.code import dangerous_calls
from infra.scanners.findings import Finding, NotAsked, Waiver, faults
from infra.scanners.packages import findings_in
from infra.scanners.secrets import files_of_the_tree, secrets_in
from oqtopus.security.credentials import CredentialKind, new_secret

TODAY = date(2026, 11, 22)
FOUND = Finding("code", "B301", "infra/demo/old.py", "pickle", 7)
# Put together here, so that the scanner finds none of them in this file.
PRIVATE_KEY = "-----BEGIN " + "RSA PRIVATE KEY-----"
PLANTED = (
    *(PRIVATE_KEY, "AKIA" + "IOSFODNN7EXAMPLE", "ghp_" + "a1B2" * 9, "AI" + "zaSy" + "a1B2c3D4" * 4 + "e"),
    *("sk-" + "proj-" + "a1B2" * 12, "xoxb-" + "123456789012-123456789012-" + "a1B2" * 6),
)


def waiver(rule: str = "B301", where: str = "infra/demo/*.py", until: date = date(2027, 1, 1)) -> Waiver:
    return Waiver("code", rule, where, "a reason", until)


@pytest.mark.parametrize("secret", [*PLANTED, new_secret(CredentialKind.SESSION), new_secret(CredentialKind.TOKEN)])
@pytest.mark.parametrize("line", ['KEY = "{}"', "and here it is: {} in a text", '{{"key": "{}"}}'])
def test_a_planted_secret_is_found_and_not_repeated(secret: str, line: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.py"
    file.write_text(f"# A first line.\n{line.format(secret)}\n# A last one.\n", encoding="utf-8")

    found = secrets_in([file])

    assert {finding.line for finding in found} == {2}
    assert not [finding for finding in found if secret in str(finding)]


@pytest.mark.parametrize("text", ["oqs_" + "a" * 46, "oqt_nonsense", "sk-", "a passphrase", "AKIA", "0" * 64])
def test_a_placeholder_is_no_secret(text: str, tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text(text, encoding="utf-8")

    assert secrets_in([file]) == []


def test_the_tree_that_is_scanned_has_this_file_and_nothing_ignored() -> None:
    files = files_of_the_tree()

    assert Path("tests/unit/infra/test_scanners.py") in files
    assert not [file for file in files if file.parts[0] in (".venv", ".oqtopus", "build")]


def test_a_dangerous_call_is_found(tmp_path: Path) -> None:
    (tmp_path / "danger.py").write_text("import subprocess\nsubprocess.run('/bin/ls', shell=True)\n", encoding="utf-8")

    assert [(finding.rule, finding.line) for finding in dangerous_calls([str(tmp_path)])] == [("B602", 2)]


def test_a_finding_is_a_fault_and_a_waived_one_is_not() -> None:
    assert list(faults("code", [FOUND], [], TODAY)) == ["infra/demo/old.py:7: B301 pickle"]
    assert list(faults("code", [FOUND], [waiver()], TODAY)) == []


@pytest.mark.parametrize("other", [waiver(rule="B403"), waiver(where="infra/demo/new.py"), waiver(until=TODAY)])
def test_a_waiver_that_is_over_or_waives_nothing_is_a_fault_beside_the_finding(other: Waiver) -> None:
    assert len(list(faults("code", [FOUND], [other], TODAY))) == 2


def test_a_known_vulnerability_is_a_finding() -> None:
    vulnerability = {"id": "PYSEC-2026-1", "fix_versions": ["2.0"]}
    report = {"dependencies": [{"name": "flask", "version": "1.0", "vulns": [vulnerability]}]}

    assert [(finding.rule, finding.where) for finding in findings_in(json.dumps(report))] == [("PYSEC-2026-1", "flask")]


def test_packages_that_the_service_does_not_know_are_no_answer() -> None:
    report = {"dependencies": [{"name": "flask", "skip_reason": "Dependency not found on PyPI"}]}

    with pytest.raises(NotAsked, match="flask"):
        findings_in(json.dumps(report))
