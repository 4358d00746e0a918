import pytest

from oqtopus.wire.client_address import client_network


@pytest.mark.parametrize(
    ("peer", "forwarded", "hops", "network"),
    [
        ("203.0.113.7", [], 0, "203.0.113.7"),
        ("203.0.113.7", ["198.51.100.1"], 0, "203.0.113.7"),
        ("10.0.0.1", ["198.51.100.1"], 1, "198.51.100.1"),
        ("10.0.0.1", ["1.1.1.1, 198.51.100.1"], 1, "198.51.100.1"),
        ("10.0.0.1", ["1.1.1.1", "198.51.100.1"], 1, "198.51.100.1"),
        ("10.0.0.1", ["9.9.9.9, 198.51.100.1, 10.9.9.9"], 2, "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1"], 3, "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", [], 0, "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", [], 0, "203.0.113.7"),
        ("", [], 0, "unknown"),
        ("10.0.0.1", ["nonsense"], 1, "unknown"),
    ],
)
def test_the_client_is_the_trusted_hop_counted_from_the_right(
    peer: str, forwarded: list[str], hops: int, network: str
) -> None:
    assert client_network(peer, forwarded, hops) == network
