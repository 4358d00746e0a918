"""Passwords: the rules for new ones (A2), and hashing that costs the same for everybody (A1, A3)."""

import argon2
import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from oqtopus.security.passwords import PasswordHasher, argon2id, broken_rule, unusable
from tests.fakes.counting_argon2 import CountingArgon2

EMAIL = "ada.lovelace@example.org"


def cheap() -> PasswordHasher:
    return PasswordHasher(argon2id(memory_kib=8, rounds=1))


def test_the_default_is_the_argon2id_of_the_requirements() -> None:
    parameters = extract_parameters(argon2id().hash("a password"))

    assert parameters.type is Type.ID
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (19_456, 2, 1)
    assert parameters.salt_len == 16


@pytest.mark.parametrize(
    "password", ["correct horse", " leading and trailing ", "p" * 127 + "q", "🐙🦑🐙🦑", "ñandúñandú"]
)
async def test_a_password_is_verified_as_it_was_typed(password: str) -> None:
    hasher = cheap()

    password_hash = await hasher.hash(password)

    assert await hasher.verify(password_hash, password)
    assert not await hasher.verify(password_hash, password.strip() + "!")
    assert not await hasher.verify(password_hash, password[:-1])


async def test_each_hash_has_its_own_salt() -> None:
    hasher = cheap()

    assert await hasher.hash("correct horse") != await hasher.hash("correct horse")


async def test_without_a_hash_no_password_is_right_and_the_work_is_the_same() -> None:
    engine = CountingArgon2()
    hasher = PasswordHasher(engine)
    password_hash = await hasher.hash("correct horse")
    engine.worked.clear()

    assert not await hasher.verify(password_hash, "wrong")
    assert not await hasher.verify(None, "wrong")
    assert not await hasher.verify(None, "")

    known, *unknown = engine.worked
    assert unknown == [known, known]


async def test_a_damaged_hash_is_an_error_and_no_wrong_password() -> None:
    with pytest.raises(argon2.exceptions.InvalidHashError):
        await cheap().verify("", "correct horse")


async def test_a_hash_of_other_parameters_is_to_be_renewed() -> None:
    old = await cheap().hash("correct horse")
    raised = PasswordHasher(argon2id(memory_kib=16, rounds=1))

    assert raised.needs_rehash(old)
    assert await raised.verify(old, "correct horse")
    assert not raised.needs_rehash(await raised.hash("correct horse"))


@pytest.mark.parametrize(
    "password",
    [
        "eightchr",
        "x" * 1_023 + "y",
        "p q r s ",
        "        7",
        "🐙🦑",
        "lovelace",
        "\t\n\t\n\t\n\t\n",
        "İstanbul'da",
        '"; DROP TABLE accounts; --',
    ],
)
def test_any_characters_make_a_password(password: str) -> None:
    assert broken_rule(password, EMAIL) is None


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("", "at least 8"),
        ("seven77", "at least 8"),
        ("x" * 1_024 + "y", "at most 1024"),
        ("🐙" * 256 + "!", "at most 1024"),
        ("z" * 50_000_000, "at most 1024"),
        ("zzzzzzzz", "repeated"),
        ("🐙🐙🐙", "repeated"),
        ("          ", "repeated"),
        (EMAIL, "e-mail address"),
        ("Ada.Lovelace@EXAMPLE.org", "e-mail address"),
        ("password", "commonest"),
        ("PassWord1", "commonest"),
        ("1234567890", "commonest"),
        ("webster1", "commonest"),
        ("nul\0inside", "NUL"),
        ("surrogate\ud800", "surrogates"),
    ],
    ids=lambda value: value[:16].encode("ascii", "replace").decode().replace("\0", "?"),
)
def test_a_password_that_breaks_a_rule_is_told_which(password: str, rule: str) -> None:
    assert rule in (broken_rule(password, EMAIL) or "")


@pytest.mark.parametrize("password", ["", "short", "password", "zzzzzzzz", EMAIL])
def test_the_rules_for_new_passwords_make_no_old_one_unusable(password: str) -> None:
    assert unusable(password) is None
