"""Where questions, passwords and tokens may be sent."""

import pytest

from oqtopus.client.addresses import is_loopback, server_url


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://oqtopus.example.org", "https://oqtopus.example.org"),
        (" https://OQTOPUS.example.org/ ", "https://oqtopus.example.org"),
        ("https://oqtopus.example.org:443/api/", "https://oqtopus.example.org/api"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.8.9.10:8080", "http://127.8.9.10:8080"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://oqtopus.localhost", "http://oqtopus.localhost"),
    ],
)
def test_a_servers_url_has_one_spelling(given: str, url: str) -> None:
    assert server_url(given) == url


@pytest.mark.parametrize(
    "given",
    [
        "",
        "oqtopus.example.org",
        "ftp://oqtopus.example.org",
        "file:///etc/passwd",
        "https://",
        "http://oqtopus.example.org",
        "http://10.0.0.1",
        "http://127.0.0.1.example.org",
        "http://localhost.example.org",
        "http://0.0.0.0:8080",
        "https://ada@oqtopus.example.org",
        "https://ada:secret@oqtopus.example.org",
        "https://oqtopus.example.org/?next=1",
        "https://oqtopus.example.org/#top",
        "https://oqtopus.example.org:port",
        "https://[::1",
    ],
)
def test_anything_else_is_no_server(given: str) -> None:
    with pytest.raises(ValueError, match=r"server|URL|machine") as refused:
        server_url(given)

    assert "secret" not in str(refused.value)


def test_no_name_is_looked_up_to_find_this_machine() -> None:
    assert not is_loopback("a-name-that-nobody-has.example")
