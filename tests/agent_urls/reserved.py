"""U5: names that are reserved or our own, and their good neighbours (U12)."""

from collections.abc import Mapping
from itertools import chain

from tests.agent_urls.rows import Row, called, refused, refused_hosts

RESERVED = (
    "localhost", "local", "internal", "intranet", "corp", "lan", "home", "home.arpa", "private", "localdomain",
    "onion", "invalid", "test", "metadata.goog",
)  # fmt: skip

RESERVED_SPELLINGS: Mapping[str, str] = {
    "in capitals": "LOCALHOST",
    "of mixed case": "Agent.LocalHost",
    "metadata": "metadata.google.internal",
    "metadata in capitals": "METADATA.GOOGLE.INTERNAL",
    "metadata by its short name": "METADATA.goog",
    "an instance": "vm-1.c.my-project.internal",
    "an instance of AWS": "ip-10-0-0-1.ec2.internal",
    "a service of a cluster": "kubernetes.default.svc.cluster.local",
    "a container's host": "host.docker.internal",
    "deep below": "a.b.c.d.e.localhost",
    "with a good name before it": "agent.example.org.local",
    "one that looks like an address": "127.0.0.1.localhost",
}

NEAR_RESERVED: Mapping[str, str] = {
    "as an inner label": "https://localhost.example.org",
    "as a first label": "https://local.example.org",
    "with letters before it": "https://notlocalhost.example.org",
    "as the end of a label": "https://mylocal.example",
    "as the end of an inner label": "https://contest.org",
    "as the end of a top label": "https://agent.contest",
    "local as the end of a top label": "https://agent.mylocal",
    "lan as the end of a top label": "https://agent.wlan",
    "metadata as the end of a label": "https://notmetadata.goog",
    "home as the end of a label": "https://myhome.arpa",
    "with letters behind it": "https://localhosts.example.org",
    "joined to another name": "https://localhost-example.org",
    "internal inside": "https://internal.example.com",
    "internal in a top label": "https://agent.internals",
    "test inside": "https://test.example.com",
    "test in a top label": "https://agent.testing",
    "invalid inside": "https://invalid.example.org",
    "home inside": "https://home.example.org",
    "home.arpa inside": "https://home.arpa.example.org",
    "another name of arpa": "https://agent.ip6.arpa",
    "localdomain inside": "https://localdomain.example.org",
    "metadata of another": "https://metadata.google.com",
    "metadata's neighbour": "https://metadata.google",
    "another name of goog": "https://agents.goog",
    "metadata inside": "https://metadata.goog.example.org",
    "corp inside": "https://agents.corp.example.com",
    "lan's neighbour": "https://agent.land",
    "onion inside": "https://onion.example.org",
}

OWN: Mapping[str, str] = {
    "as it is": "https://oqtopus.example.org",
    "in capitals": "https://OQTOPUS.Example.ORG",
    "with a path": "https://oqtopus.example.org/v1/search",
    "with its port": "https://oqtopus.example.org:443",
    "with another port": "https://oqtopus.example.org:8443",
    "that was given in capitals and with a dot": "https://search.oqtopus.example.net",
    "that was given in Unicode": "https://würfel.example.com",
    "that was given in Unicode, in capitals": "https://WÜRFEL.example.com",
    "that was given in Unicode, as DNS has it": "https://xn--wrfel-kva.example.com",
    "that was given in Unicode, as DNS has it, in capitals": "https://XN--WRFEL-KVA.example.com",
}

OWN_HOSTS_REFUSED: Mapping[str, str] = {
    "with a trailing dot": "oqtopus.example.org.",
    "with a full-width letter": "ｏqtopus.example.org",
    "with an ideographic full stop": "oqtopus。example.org",
    "in Unicode, decomposed": "wu\u0308rfel.example.com",
}

NEAR_OWN: Mapping[str, str] = {
    "below it": "https://agents.oqtopus.example.org",
    "above it": "https://example.org",
    "with letters before it": "https://notoqtopus.example.org",
    "with another name behind it": "https://oqtopus.example.org.example.com",
    "beside it": "https://octopus.example.org",
    "with another top label": "https://oqtopus.example.com",
}

ROWS: tuple[Row, ...] = tuple(
    chain(
        refused_hosts("reserved_name", {f"reserved {name}": name for name in RESERVED}),
        refused_hosts("reserved_name", {f"below reserved {name}": f"agent.{name}" for name in RESERVED}),
        refused_hosts("reserved_name", {f"reserved: {name}": host for name, host in RESERVED_SPELLINGS.items()}),
        refused_hosts("host", {f"reserved {name} with a dot": f"agent.{name}." for name in RESERVED}),
        called({f"near reserved: {name}": url for name, url in NEAR_RESERVED.items()}),
        refused("reserved_name", {f"our own host {name}": url for name, url in OWN.items()}),
        refused_hosts("host", {f"our own host {name}": host for name, host in OWN_HOSTS_REFUSED.items()}),
        called({f"near our own host: {name}": url for name, url in NEAR_OWN.items()}),
    )
)
