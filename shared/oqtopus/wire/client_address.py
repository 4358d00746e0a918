"""Which network a request comes from, by what the platform says and never by what the client says."""

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network


def client_network(peer: str, forwarded_for: Sequence[str], trusted_hops: int) -> str:
    """The IPv4 address, or the IPv6 /64, of the client.

    Each trusted proxy appends to `X-Forwarded-For` the address it saw, so the client is the `trusted_hops`-th entry
    from the right; all entries left of it are the client's own words. Without a trusted proxy it is the peer.
    """
    hops = [hop.strip() for header in forwarded_for for hop in header.split(",")]
    seen = hops[-trusted_hops] if 0 < trusted_hops <= len(hops) else peer
    try:
        address = ip_address(seen)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ip_network((address.packed, 64), strict=False))
    return str(address)
