"""Secrets that clients hold: recognised by their form, stored as their SHA-256 (S1, S7)."""

import hashlib
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oqtopus.security.credentials import SCANNER_PATTERN, CredentialKind, digest, hint, kind_of, new_secret

BASE62 = string.digits + string.ascii_letters
SECRET = new_secret(CredentialKind.TOKEN)


@pytest.mark.parametrize(("kind", "prefix"), [(CredentialKind.SESSION, "oqs_"), (CredentialKind.TOKEN, "oqt_")])
def test_a_secret_says_what_it_is(kind: CredentialKind, prefix: str) -> None:
    secret = new_secret(kind)

    assert secret.startswith(prefix)
    assert len(secret) == 4 + 40 + 6
    assert kind_of(secret) is kind


def test_no_secret_comes_twice() -> None:
    assert len({new_secret(CredentialKind.SESSION) for _ in range(1_000)}) == 1_000


@given(place=st.integers(0, len(SECRET) - 1), other=st.sampled_from(BASE62 + "_-é \0"))
def test_a_secret_with_one_character_changed_is_refused(place: int, other: str) -> None:
    changed = SECRET[:place] + other + SECRET[place + 1 :]

    assert kind_of(changed) is (CredentialKind.TOKEN if changed == SECRET else None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "oqt_",
        "Bearer " + SECRET,
        SECRET + "\n",
        " " + SECRET,
        SECRET[:-1],
        SECRET + "0",
        SECRET.upper(),
        SECRET.replace("oqt", "oqs"),
        SECRET.replace("oqt", "oqx"),
        "oqt_" + "0" * 46,
        "oqt_" + "é" * 46,
        "oqt_" + "٣" * 46,
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
    ],
)
def test_what_was_not_made_here_is_refused(text: str) -> None:
    assert kind_of(text) is None


@given(st.text())
def test_no_text_is_too_odd_to_be_refused(text: str) -> None:
    assert kind_of(text) is None


def test_a_store_knows_a_secret_by_its_sha256() -> None:
    assert digest(SECRET) == hashlib.sha256(SECRET.encode()).hexdigest()


def test_a_hint_leaves_most_of_the_secret_untold() -> None:
    assert SECRET.startswith(hint(SECRET))
    assert len(hint(SECRET)) == 10


@pytest.mark.parametrize("kind", list(CredentialKind))
def test_a_scanner_finds_each_secret_in_other_text(kind: CredentialKind) -> None:
    secret = new_secret(kind)

    assert re.findall(SCANNER_PATTERN, f'curl -H "Authorization: Bearer {secret}" https://oqtopus.test') == [secret]


@pytest.mark.parametrize("text", ["oqt_short", "xoqt_" + "a" * 46, "oqt_" + "a" * 47, "oqt_" + "-" * 46])
def test_a_scanner_finds_nothing_else(text: str) -> None:
    assert not re.findall(SCANNER_PATTERN, text)
