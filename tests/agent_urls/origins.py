"""U11: with one exact origin listed, everything else on loopback stays refused."""

from collections.abc import Mapping
from itertools import chain

from tests.agent_urls.rows import LISTED, Row, called, called_as, refused, refused_answers

LOOPBACK = ("127.0.0.1",)

OTHERS: Mapping[str, str] = {
    "another port": "http://127.0.0.1:9502",
    "no port": "http://127.0.0.1",
    "port 443": "http://127.0.0.1:443",
    "the port and a digit": "http://127.0.0.1:95010",
    "localhost": "http://localhost:9501",
    "a name below localhost": "http://agent.localhost:9501",
    "its name with a dot": "http://127.0.0.1.:9501",
    "another address of loopback": "http://127.0.0.2:9501",
    "short": "http://127.1:9501",
    "three parts": "http://127.0.1:9501",
    "a dword": "http://2130706433:9501",
    "hexadecimal": "http://0x7f.0.0.1:9501",
    "a hexadecimal dword": "http://0x7f000001:9501",
    "octal": "http://0177.0.0.1:9501",
    "padded": "http://127.000.000.001:9501",
    "full-width digits": "http://１２７.0.0.1:9501",
    "digits in circles": "http://①②⑦.⓪.⓪.①:9501",
    "ideographic full stops": "http://127。0。0。1:9501",
    "unspecified": "http://0.0.0.0:9501",
    "zero": "http://0:9501",
    "IPv6": "http://[::1]:9501",
    "IPv6 unspecified": "http://[::]:9501",
    "mapped": "http://[::ffff:127.0.0.1]:9501",
    "with another name behind it": "http://127.0.0.1.example.org:9501",
    "a name that resolves to it": "http://agent.example.org:9501",
}

HTTPS: Mapping[str, str] = {
    "on its port": "https://127.0.0.1:9501",
    "on the port of a name": "https://agent.example.org:9501",
    "on another port": "https://127.0.0.1:9502",
}

NOT_EXACT: Mapping[str, str] = {
    "a user": "http://x@127.0.0.1:9501",
    "as a user": "http://127.0.0.1:9501@agent.example.org",
    "a query": "http://127.0.0.1:9501/?x",
    "a query at once": "http://127.0.0.1:9501?x",
    "a fragment": "http://127.0.0.1:9501#x",
    "percent-encoded": "http://127%2e0.0.1:9501",
    "two ports": "http://127.0.0.1:9501:9501",
}

ODD_PORTS: Mapping[str, str] = {
    "full-width": "http://127.0.0.1:９５０１",
    "signed": "http://127.0.0.1:+9501",
    "of six digits": "http://127.0.0.1:009501",
    "empty": "http://127.0.0.1:",
}

REWRITTEN: Mapping[str, tuple[str, str]] = {
    "with a slash": (f"{LISTED}/", LISTED),
    "in capitals": ("HTTP://127.0.0.1:9501/Films", f"{LISTED}/Films"),
    "with its port padded": ("http://127.0.0.1:09501", LISTED),
}

ROWS: tuple[Row, ...] = tuple(
    chain(
        refused("scheme", {f"beside the listed origin: {name}": url for name, url in OTHERS.items()}),
        refused("port", {f"beside the listed origin: https {name}": url for name, url in HTTPS.items()}),
        refused("host", {"beside the listed origin: https": "https://127.0.0.1"}),
        refused("authority", {f"the listed origin with {name}": url for name, url in NOT_EXACT.items()}),
        refused("port", {f"the listed origin with a port that is {name}": url for name, url in ODD_PORTS.items()}),
        refused("path", {"the listed origin with a dot segment": f"{LISTED}/.."}),
        refused("characters", {"the listed origin with a blank": f"{LISTED} "}),
        refused_answers({"a good name on loopback beside the listed origin": LOOPBACK}),
        called({"the listed origin": LISTED, "the listed origin with a path": f"{LISTED}/films"}, LOOPBACK),
        called_as({f"the listed origin {how}": urls for how, urls in REWRITTEN.items()}, LOOPBACK),
    )
)

UNLISTED: tuple[Row, ...] = tuple(
    refused("scheme", {f"{row.name}, which nobody lists": row.url for row in ROWS if row.rule is None})
)
