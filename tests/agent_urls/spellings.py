"""U4: an address as a host, in every spelling that some parser takes for one; none of them may pass."""

from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address
from itertools import chain

from tests.agent_urls.rows import Row, refused, refused_hosts

ADDRESSES: Mapping[str, str] = {
    "loopback": "127.0.0.1",
    "metadata": "169.254.169.254",
    "private": "10.11.12.13",
    "public": "93.184.216.34",
}

_ENCLOSED = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_MATHEMATICAL = str.maketrans("0123456789", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def _octets(address: str) -> list[int]:
    return list(IPv4Address(address).packed)


def _short(address: str) -> str:
    first, *rest = _octets(address)
    return f"{first}.{int.from_bytes(rest)}"


def _three_parts(address: str) -> str:
    first, second, *rest = _octets(address)
    return f"{first}.{second}.{int.from_bytes(rest)}"


def _mixed(address: str) -> str:
    first, second, third, fourth = _octets(address)
    return f"{first:#x}.{second:#o}.{third}.{fourth:#04x}".replace("0o", "0")


SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "dotted": str,
    "short": _short,
    "three parts": _three_parts,
    "dword": lambda address: str(int(IPv4Address(address))),
    "dword with more than 32 bits": lambda address: str(int(IPv4Address(address)) + 2**32),
    "hexadecimal dword": lambda address: f"{int(IPv4Address(address)):#x}",
    "hexadecimal dword in capitals": lambda address: f"0X{int(IPv4Address(address)):X}",
    "octal dword": lambda address: f"0{int(IPv4Address(address)):o}",
    "padded octal dword": lambda address: f"000{int(IPv4Address(address)):o}",
    "hexadecimal": lambda address: ".".join(f"{octet:#x}" for octet in _octets(address)),
    "octal": lambda address: ".".join(f"0{octet:o}" for octet in _octets(address)),
    "long octal": lambda address: ".".join(f"0000{octet:o}" for octet in _octets(address)),
    "mixed bases": _mixed,
    "padded": lambda address: ".".join(f"{octet:03}" for octet in _octets(address)),
    "parts past 255": lambda address: ".".join(str(octet + 256) for octet in _octets(address)),
    "trailing dot": lambda address: f"{address}.",
    "two trailing dots": lambda address: f"{address}..",
    "fifth part": lambda address: f"{address}.0",
    "signed": lambda address: f"+{address}",
    "with digits in circles": lambda address: address.translate(_ENCLOSED),
    "with full-width digits": lambda address: address.translate(_FULL_WIDTH),
    "with mathematical digits": lambda address: address.translate(_MATHEMATICAL),
    "with superscript digits": lambda address: address.translate(_SUPERSCRIPT),
    "with Arabic digits": lambda address: address.translate(_ARABIC),
    "with ideographic full stops": lambda address: address.replace(".", "。"),
    "with half-width full stops": lambda address: address.replace(".", "｡"),
    "with full-width full stops": lambda address: address.replace(".", "．"),
    "with one-dot leaders": lambda address: address.replace(".", "\u2024"),
    "with soft hyphens": lambda address: address.replace(".", "\u00ad."),
    "with zero-width spaces": lambda address: address.replace(".", ".\u200b"),
    "full-width dword": lambda address: str(int(IPv4Address(address))).translate(_FULL_WIDTH),
    "bracketed IPv4": lambda address: f"[{address}]",
    "mapped": lambda address: f"[::ffff:{address}]",
    "mapped in hexadecimal": lambda address: f"[{IPv6Address('::ffff:' + address).compressed}]",
    "mapped in full": lambda address: f"[{IPv6Address('::ffff:' + address).exploded}]",
    "compatible": lambda address: f"[::{address}]",
    "translated": lambda address: f"[::ffff:0:{address}]",
    "NAT64": lambda address: f"[64:ff9b::{address}]",
    "6to4": lambda address: "[2002:{:02x}{:02x}:{:02x}{:02x}::1]".format(*_octets(address)),
    "with a port": lambda address: f"{address}:8443",
    "of IPv6 with a port": lambda address: f"[::ffff:{address}]:443",
}


def _encoded(address: str) -> Iterator[Row]:
    """With percent signs, which no host may have."""
    every = "".join(f"%{ord(character):02x}" for character in address)
    spellings = {
        "every character": every,
        "the dots": address.replace(".", "%2e"),
        "a null byte behind": f"{address}%00.example.org",
        "twice": every.replace("%", "%25"),
    }
    return refused("authority", {f"{address} percent-encoded, {how}": f"https://{it}" for how, it in spellings.items()})


IPV6: Mapping[str, str] = {
    "loopback": "[::1]",
    "loopback in full": "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "loopback with a port": "[::1]:443",
    "unspecified": "[::]",
    "link-local": "[fe80::1]",
    "unique local": "[fd00:ec2::254]",
    "site-local": "[fec0::1]",
    "multicast": "[ff02::1]",
    "Teredo": "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
    "public": "[2606:4700:4700::1111]",
    "in capitals": "[FE80::1]",
    "no address": "[1:2:3]",
}

BRACKETS: Mapping[str, str] = {
    "without its end": "https://[::1",
    "without its beginning": "https://::1]",
    "without any": "https://::1",
    "twice": "https://[[::1]]",
    "empty": "https://[]",
    "of a future address": "https://[v1.fe80]",
    "with a zone": "https://[fe80::1%25eth0]",
    "with a bare zone": "https://[fe80::1%eth0]",
    "with text behind": "https://[::1].example.org",
    "with text before": "https://example.org[::1]",
    "with full-width digits": "https://[::１]",
}

FEW: Mapping[str, str] = {
    "zero": "0",
    "zero with a dot": "0.",
    "zeros": "0.0.0.0",
    "hexadecimal zero": "0x0",
    "a bare 0x": "0x",
    "broadcast": "255.255.255.255",
    "broadcast as a dword": "4294967295",
    "minus one": "-1",
    "loopback with one part too few": "127.0.1",
    "loopback of another part": "127.127",
    "Azure's host": "168.63.129.16",
    "a hexadecimal last part": "agent.example.0x7f",
    "a numeric last part": "agent.example.127",
    "an octal last part": "agent.example.0177",
    "a last part with a digit": "agent.example.c0m",
    "exponents": "1e2.0.0.1",
    "underscored": "12_7.0.0.1",
}

ROWS: tuple[Row, ...] = tuple(
    chain(
        refused_hosts(
            "host",
            {f"{name} {how}": spell(at) for name, at in ADDRESSES.items() for how, spell in SPELLINGS.items()},
        ),
        *map(_encoded, ADDRESSES.values()),
        refused_hosts("host", {f"IPv6 {name}": host for name, host in IPV6.items()}),
        refused("authority", {f"brackets {name}": url for name, url in BRACKETS.items()}),
        refused_hosts("host", {f"like an address: {name}": host for name, host in FEW.items()}),
    )
)
