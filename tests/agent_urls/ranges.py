"""U6 and U12: the edges of each range, as answers for a name, and the public addresses next to them.

The ranges are written down here once more, from the registries: what the policy forgets must not be forgotten here too.
"""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from itertools import chain

from tests.agent_urls.rows import PUBLIC, Row, called_answers, refused_answers

INSIDE: Mapping[str, str] = {
    "this network": "0.0.0.0/8",
    "private 10": "10.0.0.0/8",
    "carrier-grade NAT": "100.64.0.0/10",
    "loopback": "127.0.0.0/8",
    "Azure's host": "168.63.129.16/32",
    "link-local": "169.254.0.0/16",
    "private 172": "172.16.0.0/12",
    "protocol assignments": "192.0.0.0/24",
    "documentation 1": "192.0.2.0/24",
    "AS112": "192.31.196.0/24",
    "AMT": "192.52.193.0/24",
    "6to4 relays": "192.88.99.0/24",
    "private 192": "192.168.0.0/16",
    "AS112 by delegation": "192.175.48.0/24",
    "benchmarks": "198.18.0.0/15",
    "documentation 2": "198.51.100.0/24",
    "documentation 3": "203.0.113.0/24",
    "multicast": "224.0.0.0/4",
    "reserved 240": "240.0.0.0/4",
    "v6 all below global unicast": "::/3",
    "v6 unspecified": "::/128",
    "v6 loopback": "::1/128",
    "v6 compatible": "::/96",
    "v6 mapped": "::ffff:0:0/96",
    "v6 translated": "::ffff:0:0:0/96",
    "v6 NAT64": "64:ff9b::/96",
    "v6 local NAT64": "64:ff9b:1::/48",
    "v6 discard": "100::/64",
    "v6 dummy": "100:0:0:1::/64",
    "v6 protocol assignments": "2001::/23",
    "v6 Teredo": "2001::/32",
    "v6 benchmarks": "2001:2::/48",
    "v6 AMT": "2001:3::/32",
    "v6 AS112": "2001:4:112::/48",
    "v6 ORCHID": "2001:10::/28",
    "v6 ORCHIDv2": "2001:20::/28",
    "v6 drone identities": "2001:30::/28",
    "v6 documentation": "2001:db8::/32",
    "v6 6to4": "2002::/16",
    "v6 AS112 by delegation": "2620:4f:8000::/48",
    "v6 long documentation": "3fff::/20",
    "v6 all above global unicast": "4000::/2",
    "v6 the upper half": "8000::/1",
    "v6 segment routing": "5f00::/16",
    "v6 unique local": "fc00::/7",
    "v6 link-local": "fe80::/10",
    "v6 site-local": "fec0::/10",
    "v6 multicast": "ff00::/8",
}

PLACES: Mapping[str, str] = {
    "loopback": "127.0.0.1",
    "cloud metadata": "169.254.169.254",
    "container metadata": "169.254.170.2",
    "Alibaba's metadata": "100.100.100.200",
    "Oracle's metadata": "192.0.0.192",
    "Google's restricted APIs by NAT64": "64:ff9b::c7bf:a6b4",
    "AWS's metadata by v6": "fd00:ec2::254",
    "Google's metadata by v6": "fd20:ce::254",
    "a router": "192.168.1.1",
    "a container bridge": "172.17.0.1",
    "broadcast": "255.255.255.255",
    "all hosts": "224.0.0.1",
    "all nodes by v6": "ff02::1",
    "site-local DNS": "fec0:0:0:ffff::1",
}

EMBEDDED: Mapping[str, str] = {
    "loopback": "127.0.0.1",
    "metadata": "169.254.169.254",
    "private 10": "10.0.0.1",
    "private 192": "192.168.0.1",
    "carrier-grade NAT": "100.64.0.1",
    "a public address": "8.8.8.8",
}

ODD: Mapping[str, tuple[str, ...]] = {
    "empty text": ("",),
    "a name": ("localhost",),
    "short": ("127.1",),
    "hexadecimal": ("0x7f.0.0.1",),
    "octal": ("0177.0.0.1",),
    "a dword": ("2130706433",),
    "padded": ("008.008.008.008",),
    "a blank behind": ("8.8.8.8 ",),
    "a line break behind": ("8.8.8.8\n",),
    "a fifth part": ("8.8.8.8.8",),
    "a port": ("8.8.8.8:80",),
    "brackets": ("[2606:4700:4700::1111]",),
    "full-width digits": ("８.8.8.8",),
    "a network": ("8.8.8.0/24",),
    "a zone on a link": ("fe80::1%eth0",),
    "a zone on a public address": ("2606:4700:4700::1111%lo",),
    "two gaps": ("2606::4700::1",),
}

MIXED: Mapping[str, tuple[str, ...]] = {
    "public, then inside": (PUBLIC, "10.0.0.1"),
    "inside, then public": ("10.0.0.1", PUBLIC),
    "inside between public ones": (PUBLIC, "127.0.0.1", "8.8.8.8"),
    "A public, AAAA loopback": (PUBLIC, "::1"),
    "AAAA public, A metadata": ("2606:4700:4700::1111", "169.254.169.254"),
    "public, mapped": (PUBLIC, "::ffff:93.184.216.34"),
    "public, one that is no address": (PUBLIC, "nonsense"),
    "fifty public ones, the last inside": (*(f"93.184.216.{part}" for part in range(49)), "192.168.1.1"),
    "beyond those that are tried, inside": ("1.1.1.1", "1.0.0.1", "8.8.8.8", "8.8.4.4", "127.0.0.1"),
    "none": (),
}

SEVERAL: Mapping[str, tuple[str, ...]] = {
    "AAAA only": ("2606:4700:4700::1111",),
    "A and AAAA": (PUBLIC, "2606:2800:220:1:248:1893:25c8:1946"),
    "AAAA and A": ("2606:2800:220:1:248:1893:25c8:1946", PUBLIC),
    "fifty": tuple(f"93.184.216.{part}" for part in range(50)),
    "in full": ("2606:4700:4700:0000:0000:0000:0000:1111",),
    "in capitals": ("2A00:1450:4001:0800:0000:0000:0000:200E",),
    "with digits of a dotted tail": ("2606:4700::8.8.8.8",),
}


def _inside(address: IPv4Address | IPv6Address) -> bool:
    blocks = map(ip_network, INSIDE.values())
    return any(address.version == block.version and address in block for block in blocks)


def _edges(block: IPv4Network | IPv6Network) -> Iterator[tuple[str, str]]:
    yield "first", str(block.network_address)
    if block.num_addresses > 1:
        yield "last", str(block.broadcast_address)


def _neighbours(block: IPv4Network | IPv6Network) -> Iterator[tuple[str, str]]:
    """The addresses just outside, where there are any and no other range begins there."""
    first, last = int(block.network_address), int(block.broadcast_address)
    make = type(block.network_address)
    for name, number in (("before", first - 1), ("after", last + 1)):
        if 0 <= number < 2**block.max_prefixlen and not _inside(make(number)):
            yield name, str(make(number))


def _embedding(address: str) -> Iterator[tuple[str, str]]:
    """The address in every form of IPv6 that carries one of IPv4."""
    number = int(ip_address(address))
    high, low = f"{number >> 16:x}", f"{number & 0xFFFF:x}"
    turned = number ^ 0xFFFFFFFF
    yield "compatible", f"::{high}:{low}"
    yield "compatible, dotted", f"::{address}"
    yield "mapped", f"::ffff:{high}:{low}"
    yield "mapped, dotted", f"::ffff:{address}"
    yield "translated", f"::ffff:0:{address}"
    yield "NAT64", f"64:ff9b::{address}"
    yield "local NAT64", f"64:ff9b:1::{high}:{low}"
    yield "6to4", f"2002:{high}:{low}::1"
    yield "Teredo's server", f"2001:0:{high}:{low}::1"
    yield "Teredo's client", f"2001:0:5ef5:79fb:0:fbff:{turned >> 16:x}:{turned & 0xFFFF:x}"


BLOCKS = {name: ip_network(block) for name, block in INSIDE.items()}

ROWS: tuple[Row, ...] = tuple(
    chain(
        refused_answers({f"{edge} of {name}": (at,) for name, block in BLOCKS.items() for edge, at in _edges(block)}),
        called_answers(
            {f"{place} {name}": (at,) for name, block in BLOCKS.items() for place, at in _neighbours(block)}
        ),
        refused_answers({f"the place of {name}": (at,) for name, at in PLACES.items()}),
        refused_answers(
            {f"{name}, {form}": (at,) for name, address in EMBEDDED.items() for form, at in _embedding(address)}
        ),
        refused_answers({f"an answer that is {name}": answers for name, answers in ODD.items()}),
        refused_answers({f"answers: {name}": answers for name, answers in MIXED.items()}),
        called_answers({f"good answers: {name}": answers for name, answers in SEVERAL.items()}),
    )
)
