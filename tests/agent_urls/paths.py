"""U8: dot segments and controls of a path in every encoding, and paths that are good (U12)."""

from collections.abc import Mapping
from itertools import chain

from oqtopus.security.egress import MAX_URL_BYTES
from tests.agent_urls.rows import AGENT, Row, called, called_as, refused

DOT_SEGMENTS = (
    ".", "..", "%2e", "%2E", "%2e%2e", "%2E%2E", ".%2e", "%2e.", "%252e", "%252e%252e", ".%252e", "%25252e%25252e",
    "%2525252525252e.", "%%32%65%%32%65", "..;", "..;x", ".;x=1", "%2e%2e;x", "..%3bx", "..%253bx", "%c0%ae%c0%ae",
    "%c0%2e", "%e0%80%ae%e0%80%ae", "%f0%80%80%ae", "%25c0%25ae", "%u002e%u002e", "%uff0e",
)  # fmt: skip

PATHS: Mapping[str, str] = {
    **{f"the segment {segment} last": f"{AGENT}/v1/{segment}" for segment in DOT_SEGMENTS},
    **{f"the segment {segment} inside": f"{AGENT}/v1/{segment}/admin" for segment in DOT_SEGMENTS},
    "a dot segment at once": f"{AGENT}/..",
    "a dot segment, then a slash": f"{AGENT}/../",
    "a dot segment among empty ones": f"{AGENT}///..//admin",
    "an encoded slash before dots": f"{AGENT}/v1%2f..",
    "an encoded slash around dots": f"{AGENT}/v1%2f..%2fadmin",
    "a slash encoded twice around dots": f"{AGENT}/v1%252f..%252fadmin",
    "an overlong slash": f"{AGENT}/v1%c0%af..",
    "an encoded backslash": f"{AGENT}/a%5cb",
    "a backslash encoded twice": f"{AGENT}/a%255cb",
    "encoded backslashes around dots": f"{AGENT}/..%5c..%5cadmin",
    "an overlong backslash": f"{AGENT}/a%c1%9cb",
    "an encoded null byte": f"{AGENT}/%00",
    "a null byte encoded twice": f"{AGENT}/%2500",
    "an overlong null byte": f"{AGENT}/%c0%80",
    "an encoded line break": f"{AGENT}/%0d%0aX-Header:1",
    "a line break encoded twice": f"{AGENT}/%250d%250aX-Header:1",
    "an encoded tab": f"{AGENT}/a%09b",
    "an encoded escape": f"{AGENT}/%1b[2J",
    "an encoded delete": f"{AGENT}/%7f",
    "a next-line control": f"{AGENT}/\u0085",
    "an encoded next-line control": f"{AGENT}/%c2%85",
    "an encoded control of C1": f"{AGENT}/%c2%9b2J",
    "no UTF-8": f"{AGENT}/%ff",
    "Latin-1": f"{AGENT}/caf%e9",
    "UTF-8 cut short": f"{AGENT}/%e2%82",
    "an encoded surrogate": f"{AGENT}/%ed%a0%80",
    "a bare percent sign": f"{AGENT}/100%",
    "a percent sign before a slash": f"{AGENT}/100%/x",
    "a percent sign with one digit": f"{AGENT}/%2",
    "a percent sign before other letters": f"{AGENT}/%zz",
    "full-width hexadecimal digits": f"{AGENT}/%２e",
}

GOOD_PATHS: Mapping[str, str] = {
    "one segment": f"{AGENT}/v1",
    "several segments": f"{AGENT}/a/b/c",
    "an empty segment": f"{AGENT}/a//b",
    "three dots": f"{AGENT}/...",
    "a hidden segment": f"{AGENT}/.well-known/agent",
    "dots inside a segment": f"{AGENT}/a..b/c.d",
    "dots before a semicolon": f"{AGENT}/a..;b",
    "a semicolon": f"{AGENT}/v1;version=2",
    "an encoded blank": f"{AGENT}/a%20b",
    "an encoded slash": f"{AGENT}/a%2fb",
    "an encoded percent sign": f"{AGENT}/100%25",
    "an encoded percent sign before digits": f"{AGENT}/%2541",
    "an encoded question mark": f"{AGENT}/a%3fb",
    "an encoded number sign": f"{AGENT}/a%23b",
    "encoded UTF-8": f"{AGENT}/caf%C3%A9",
    "encoded letters": f"{AGENT}/%61gents",
    "all signs that a path may have": f"{AGENT}/-._~!$&'()*+,;=:@",
    "an address": f"{AGENT}/127.0.0.1",
    "another URL": f"{AGENT}/https://127.0.0.1",
    "an at sign": f"{AGENT}/@user",
    "a colon": f"{AGENT}/a:80",
    "2,048 bytes": f"{AGENT}/{'a' * (MAX_URL_BYTES - len(AGENT) - 1)}",
}

REWRITTEN: Mapping[str, tuple[str, str]] = {
    "one slash": (f"{AGENT}/", AGENT),
    "several slashes at the end": (f"{AGENT}/v1///", f"{AGENT}/v1"),
    "only slashes": (f"{AGENT}///", AGENT),
    "its own port": (f"{AGENT}:443/v1", f"{AGENT}/v1"),
    "its own port, padded": (f"{AGENT}:00443", AGENT),
    "port 8443, padded": (f"{AGENT}:08443", f"{AGENT}:8443"),
    "a port and a slash": (f"{AGENT}:8443/", f"{AGENT}:8443"),
    "Unicode": (f"{AGENT}/ä", f"{AGENT}/%C3%A4"),
    "an emoji": (f"{AGENT}/💩", f"{AGENT}/%F0%9F%92%A9"),
    "a no-break space": (f"{AGENT}/a\u00a0b", f"{AGENT}/a%C2%A0b"),
    "a bidi override": (f"{AGENT}/\u202e", f"{AGENT}/%E2%80%AE"),
    "full-width dots": (f"{AGENT}/．．/x", f"{AGENT}/%EF%BC%8E%EF%BC%8E/x"),
    "quotation marks": (f'{AGENT}/"a"', f"{AGENT}/%22a%22"),
    "angle brackets": (f"{AGENT}/<a>", f"{AGENT}/%3Ca%3E"),
    "square brackets": (f"{AGENT}/[a]", f"{AGENT}/%5Ba%5D"),
    "braces and bars": (f"{AGENT}/{{a|b}}^`", f"{AGENT}/%7Ba%7Cb%7D%5E%60"),
    "a scheme of mixed case": ("HtTpS://agent.example.org/V1", f"{AGENT}/V1"),
}

ROWS: tuple[Row, ...] = tuple(
    chain(
        refused("path", {f"path: {name}": url for name, url in PATHS.items()}),
        called({f"good path: {name}": url for name, url in GOOD_PATHS.items()}),
        called_as({f"rewritten: {name}": urls for name, urls in REWRITTEN.items()}),
    )
)
