"""U1 to U3: length, characters, scheme, authority and port."""

from collections.abc import Mapping
from itertools import chain

from oqtopus.security.egress import MAX_URL_BYTES
from tests.agent_urls.rows import AGENT, Row, refused

LENGTH: Mapping[str, str] = {
    "nothing": "",
    "2,049 bytes": f"{AGENT}/{'a' * (MAX_URL_BYTES - len(AGENT))}",
    "2,049 bytes in 2,048 characters": f"{AGENT}/{'a' * (MAX_URL_BYTES - len(AGENT) - 2)}ä",
    "60,000 bytes": f"{AGENT}/{'a' * (60_000 - len(AGENT) - 1)}",
    "2,048 bytes that are more when encoded": f"{AGENT}/{'ä' * ((MAX_URL_BYTES - len(AGENT)) // 2)}",
    "a host of 3,000 bytes": f"https://{'a.' * 1_500}org",
}

CONTROLS = {f"U+{number:04X}": chr(number) for number in (*range(0x21), 0x7F)}

SPACES: Mapping[str, str] = {
    "a blank before": f" {AGENT}",
    "a blank behind": f"{AGENT} ",
    "a line break before": f"\n{AGENT}",
    "a line break behind": f"{AGENT}\n",
    "a null byte behind": f"{AGENT}\x00",
    "a tab in the scheme": "ht\ttps://agent.example.org",
    "a line break in the scheme": "https:\n//agent.example.org",
    "a tab in the host": "https://agent.exa\tmple.org",
    "a blank in the host": "https://agent .example.org",
    "a line break and a header in the host": "https://agent.example.org\r\nHost: evil.example",
    "a null byte in the host": "https://agent.example.org\x00.evil.example",
    "a blank before the port": "https://agent.example.org :443",
    "a blank in the port": "https://agent.example.org:4 43",
    "a request line in the path": f"{AGENT}/ HTTP/1.1\r\nHost: evil.example",
    "only blanks": "   ",
    "backslashes for slashes": "https:\\\\agent.example.org",
    "one backslash for a slash": "https:/\\agent.example.org",
    "a backslash before at": "https://agent.example.org\\@evil.example",
    "a backslash in the path": f"{AGENT}/a\\b",
    "a backslash at the end": f"{AGENT}\\",
    "a high surrogate": f"{AGENT}/\ud800",
    "a low surrogate": f"{AGENT}/\udc00",
    "a surrogate in the host": "https://a\ud83d.example.org",
    "surrogates the wrong way round": f"{AGENT}/\udca9\ud83d",
}

SCHEMES: Mapping[str, str] = {
    "http": "http://agent.example.org",
    "http with the port of https": "http://agent.example.org:443",
    "http in capitals": "HTTP://agent.example.org",
    "ftp": "ftp://agent.example.org",
    "gopher": "gopher://agent.example.org:443",
    "ws": "ws://agent.example.org",
    "wss": "wss://agent.example.org",
    "file with a host": "file://agent.example.org/etc/passwd",
    "ldap": "ldap://agent.example.org",
    "dict": "dict://agent.example.org",
    "httpss": "httpss://agent.example.org",
    "https in part": "xhttps://agent.example.org",
    "https with a plus": "https+unix://agent.example.org",
    "javascript": "javascript:alert(1)",
    "javascript with a comment": "javascript://agent.example.org/%0aalert(1)",
    "data": "data:application/json,{}",
    "view-source": "view-source:https://agent.example.org",
    "jar": "jar:https://agent.example.org!/",
    "blob": "blob:https://agent.example.org/1",
    "urn": "urn:agent",
    "none": "agent.example.org",
    "none, with slashes": "//agent.example.org",
    "none, with a port": "agent.example.org:443",
    "none, with a path": "/agent",
    "empty": "://agent.example.org",
    "no slashes": "https:agent.example.org",
    "one slash": "https:/agent.example.org",
    "no colon": "https//agent.example.org",
    "a digit first": "1https://agent.example.org",
    "full-width letters": "ｈｔｔｐｓ://agent.example.org",
    "a full-width colon": "https：//agent.example.org",
    "full-width slashes": "https:／／agent.example.org",
    "a long s": "http\u017f://agent.example.org",
    "a byte order mark before": "\ufeffhttps://agent.example.org",
    "a no-break space before": "\u00a0https://agent.example.org",
    "a zero-width space before": "\u200bhttps://agent.example.org",
    "a quotation mark before": '"https://agent.example.org"',
    "an angle bracket before": "<https://agent.example.org>",
    "a word before": "url:https://agent.example.org",
}

AUTHORITIES: Mapping[str, str] = {
    "none": "https://",
    "none, with a path": "https:///agent",
    "none, with four slashes": "https:////agent.example.org",
    "none, with a port": "https://:443",
    "none, of a file": "file:///etc/passwd",
    "a user": "https://user@agent.example.org",
    "a user and a password": "https://user:secret@agent.example.org",
    "an empty user": "https://@agent.example.org",
    "an empty user and password": "https://:@agent.example.org",
    "a good host as user of an inside one": "https://agent.example.org@127.0.0.1",
    "an inside host as user of a good one": "https://127.0.0.1@agent.example.org",
    "two users": "https://a@b@agent.example.org",
    "a user with a port": "https://agent.example.org:443@127.0.0.1:443",
    "an encoded at sign": "https://user%40agent.example.org",
    "an encoded slash": "https://127.0.0.1%2f.example.org",
    "an encoded dot": "https://agent%2eexample.org",
    "an encoded letter": "https://%61gent.example.org",
    "an encoded null byte": "https://agent.example.org%00.evil.example",
    "an encoded line break": "https://agent.example.org%0d%0aX:y",
    "an encoded full-width letter": "https://%ef%bd%81gent.example.org",
    "an encoded IPv6 bracket": "https://%5b::1%5d",
    "two ports": "https://agent.example.org:443:443",
    "three colons": "https://agent.example.org:::443",
    "brackets around a name": "https://[agent.example.org]",
    "a query at once": "https://?agent.example.org",
    "a fragment at once": "https://#agent.example.org",
}

QUERIES: Mapping[str, str] = {
    "a query": f"{AGENT}?x=1",
    "a query behind the path": f"{AGENT}/v1?x=1",
    "an empty query": f"{AGENT}?",
    "an empty query behind a slash": f"{AGENT}/?",
    "a query that would eat the suffix": f"{AGENT}/admin?ignored=",
    "a fragment": f"{AGENT}#x",
    "a fragment behind the path": f"{AGENT}/v1#x",
    "an empty fragment": f"{AGENT}#",
    "a fragment that would eat the suffix": f"{AGENT}/admin#",
    "a host behind a fragment": f"{AGENT}#@evil.example",
    "a host behind a query": f"{AGENT}?@evil.example/",
    "a fragment, then a query": f"{AGENT}/#?",
    "a query on a port": f"{AGENT}:8443?x",
}

PORTS: Mapping[str, str] = {
    **{f"{port}": f"{AGENT}:{port}" for port in (0, 1, 22, 25, 53, 80, 442, 444, 3128, 6379, 8080, 8442, 8444)},
    **{f"{port}": f"{AGENT}:{port}" for port in (9200, 11_211, 27_017, 65_535, 65_536, 65_979, 99_999, 73_979)},
    "empty": f"{AGENT}:",
    "empty, with a path": f"{AGENT}:/v1",
    "of six digits": f"{AGENT}:000443",
    "very long": f"{AGENT}:{'9' * 400}",
    "positive": f"{AGENT}:+443",
    "negative": f"{AGENT}:-443",
    "hexadecimal": f"{AGENT}:0x1bb",
    "with a letter": f"{AGENT}:44a",
    "with an underscore": f"{AGENT}:4_43",
    "with a fraction": f"{AGENT}:443.0",
    "in full-width digits": f"{AGENT}:４４３",
    "in Arabic digits": f"{AGENT}:٤٤٣",
    "in superscript digits": f"{AGENT}:⁴⁴³",
    "by name": f"{AGENT}:https",
}

ROWS: tuple[Row, ...] = tuple(
    chain(
        refused("length", {f"length: {name}": url for name, url in LENGTH.items()}),
        refused("characters", {f"{name} in the path": f"{AGENT}/a{sign}b" for name, sign in CONTROLS.items()}),
        refused("characters", {f"character: {name}": url for name, url in SPACES.items()}),
        refused("scheme", {f"scheme: {name}": url for name, url in SCHEMES.items()}),
        refused("authority", {f"authority: {name}": url for name, url in AUTHORITIES.items()}),
        refused("authority", {f"behind the host: {name}": url for name, url in QUERIES.items()}),
        refused("port", {f"port {name}": url for name, url in PORTS.items()}),
    )
)
