"""Proof that a change was sent by our own page (S5)."""

import pytest

from oqtopus.errors import Forbidden
from oqtopus.security.csrf import Provenance, csrf_token, refuse_other_sites

KEY, SESSION, SITE = "a secret key for tests only", "ab" * 32, "https://oqtopus.example.org"
TOKEN = csrf_token(KEY, SESSION)


def test_a_token_is_of_one_session_and_one_key() -> None:
    assert csrf_token(KEY, SESSION) == TOKEN
    assert len({TOKEN, csrf_token(KEY, "cd" * 32), csrf_token("another key", SESSION), SESSION}) == 4


@pytest.mark.parametrize("fetch_site", ["same-origin", None])
def test_our_own_page_passes(fetch_site: str | None) -> None:
    refuse_other_sites(Provenance(TOKEN, fetch_site, SITE), TOKEN, SITE)


@pytest.mark.parametrize(
    "provenance",
    [
        Provenance(None, "same-origin", SITE),
        Provenance("", "same-origin", SITE),
        Provenance(TOKEN[:-1], "same-origin", SITE),
        Provenance(f"{TOKEN}, {TOKEN}", "same-origin", SITE),
        Provenance("\xe9", "same-origin", SITE),
        Provenance(TOKEN, "same-site", SITE),
        Provenance(TOKEN, "cross-site", SITE),
        Provenance(TOKEN, "none", SITE),
        Provenance(TOKEN, "", SITE),
        Provenance(TOKEN, None, "https://evil.example"),
        Provenance(TOKEN, None, f"{SITE}/"),
        Provenance(TOKEN, None, "null"),
        Provenance(TOKEN, None, None),
    ],
)
def test_anything_less_is_forbidden(provenance: Provenance) -> None:
    with pytest.raises(Forbidden):
        refuse_other_sites(provenance, TOKEN, SITE)
