"""The session cookie by where people reach the installation (S2)."""

from dataclasses import dataclass

import pytest

from oqtopus.errors import ConfigurationError
from oqtopus.wire.cookies import cleared_cookie, session_cookie


@dataclass(frozen=True)
class Site:
    app_env: str
    public_url: str


PUBLIC = Site("production", "https://oqtopus.example.org")
LOCAL = Site("development", "http://127.0.0.1:8080")


def test_the_cookie_of_a_public_site_is_bound_to_it() -> None:
    assert session_cookie("s3cret", PUBLIC) == (
        "__Host-oqtopus_session=s3cret; Max-Age=2592000; Path=/; Secure; HttpOnly; SameSite=Lax"
    )


def test_development_over_plain_http_does_without_the_prefix_and_secure() -> None:
    assert session_cookie("s3cret", LOCAL) == (
        "oqtopus_session=s3cret; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax"
    )


@pytest.mark.parametrize("site", [PUBLIC, LOCAL])
def test_a_cleared_cookie_differs_in_value_and_age_only(site: Site) -> None:
    expected = session_cookie("s3cret", site).replace("=s3cret", "=").replace("Max-Age=2592000", "Max-Age=0")

    assert cleared_cookie(site) == expected


def test_production_makes_no_cookie_for_plain_http() -> None:
    plain = Site("production", "http://oqtopus.example.org")

    with pytest.raises(ConfigurationError, match="PUBLIC_URL"):
        session_cookie("s3cret", plain)
    with pytest.raises(ConfigurationError, match="PUBLIC_URL"):
        cleared_cookie(plain)
