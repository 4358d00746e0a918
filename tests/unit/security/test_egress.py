"""Rules U1 to U8, U11 and U12: what an agent's URL may be and which addresses may be dialled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oqtopus.errors import ConfigurationError, RefusedUrl
from oqtopus.security.egress import MAX_URL_BYTES, AddressPolicy, is_public

LOCAL = "http://127.0.0.1:9501"
OWN = "oqtopus.example.org"

GOOD_URLS = [
    ("https://agent.example.org", "https://agent.example.org"),
    ("HTTPS://Agent.Example.ORG/", "https://agent.example.org"),
    ("https://agent.example.org:443/v1/", "https://agent.example.org/v1"),
    ("https://agent.example.org:8443", "https://agent.example.org:8443"),
    ("https://localhost.example.org", "https://localhost.example.org"),
    ("https://127.0.0.1.example.org", "https://127.0.0.1.example.org"),
    ("https://1e100.net", "https://1e100.net"),
    ("https://a-1.b--2.example.co", "https://a-1.b--2.example.co"),
    ("https://home.example.org", "https://home.example.org"),
    ("https://localdomain.example.org", "https://localdomain.example.org"),
    ("https://metadata.google.com", "https://metadata.google.com"),
    ("https://mylocal.example", "https://mylocal.example"),
    ("https://contest.org", "https://contest.org"),
    ("https://xn--bcher-kva.example.org", "https://xn--bcher-kva.example.org"),
    ("https://bücher.example.org", "https://xn--bcher-kva.example.org"),
    ("https://BÜCHER.example.org", "https://xn--bcher-kva.example.org"),
    ("https://例え.jp", "https://xn--r8jz45g.jp"),
    ("https://agent.xn--p1ai", "https://agent.xn--p1ai"),
    ("https://agent.example.org/a%20b/c", "https://agent.example.org/a%20b/c"),
    ("https://agent.example.org/ä", "https://agent.example.org/%C3%A4"),
    ("https://agent.example.org/...", "https://agent.example.org/..."),
    ("https://agent.example.org/.well-known/x", "https://agent.example.org/.well-known/x"),
    (f"https://{'a' * 63}.example.org", f"https://{'a' * 63}.example.org"),
]

BAD_URLS = [
    ("", "length"),
    ("https://agent.example.org/" + "a" * (MAX_URL_BYTES - 25), "length"),
    ("https://agent.example.org/" + "ä" * 1_012, "length"),
    (" https://agent.example.org", "characters"),
    ("https://agent.example.org\n", "characters"),
    ("https://agent.example.org/a b", "characters"),
    ("https://agent.example.org/\x00", "characters"),
    ("https://agent.example.org\t.evil.example", "characters"),
    ("https://agent.example.org/\x7f", "characters"),
    ("https:\\\\agent.example.org", "characters"),
    ("https://agent.example.org\\@evil.example", "characters"),
    ("https://agent.example.org/\ud800", "characters"),
    ("http://agent.example.org", "scheme"),
    ("ftp://agent.example.org", "scheme"),
    ("file:///etc/passwd", "authority"),
    ("gopher://agent.example.org:443/", "scheme"),
    ("javascript:alert(1)", "scheme"),
    ("agent.example.org", "scheme"),
    ("//agent.example.org", "scheme"),
    ("https:/agent.example.org", "scheme"),
    ("https:agent.example.org", "scheme"),
    ("https://", "authority"),
    ("https:///path", "authority"),
    ("https://:443", "authority"),
    ("https://user@agent.example.org", "authority"),
    ("https://user:secret@agent.example.org", "authority"),
    ("https://agent.example.org@127.0.0.1", "authority"),
    ("https://agent.example.org%00.evil.example", "authority"),
    ("https://%61gent.example.org", "authority"),
    ("https://127.0.0.1%2f.example.org", "authority"),
    ("https://agent.example.org:443:443", "authority"),
    ("https://agent.example.org?x=1", "authority"),
    ("https://agent.example.org/?", "authority"),
    ("https://agent.example.org/#", "authority"),
    ("https://agent.example.org#@evil.example", "authority"),
    ("https://agent.example.org:", "port"),
    ("https://agent.example.org:80", "port"),
    ("https://agent.example.org:22", "port"),
    ("https://agent.example.org:0", "port"),
    ("https://agent.example.org:65979", "port"),
    ("https://agent.example.org:000443", "port"),
    ("https://agent.example.org:+443", "port"),
    ("https://agent.example.org:４４３", "port"),
    ("https://agent.example.org:44a", "port"),
    ("https://127.0.0.1", "host"),
    ("https://127.1", "host"),
    ("https://2130706433", "host"),
    ("https://0x7f000001", "host"),
    ("https://0x7f.0.0.1", "host"),
    ("https://0177.0.0.1", "host"),
    ("https://017700000001", "host"),
    ("https://127.000.000.001", "host"),
    ("https://8.8.8.8", "host"),
    ("https://169.254.169.254", "host"),
    ("https://0", "host"),
    ("https://[::1]", "host"),
    ("https://[::ffff:127.0.0.1]", "host"),
    ("https://[2606:4700:4700::1111]", "host"),
    ("https://[::1", "authority"),
    ("https://::1", "authority"),
    ("https://[fe80::1%25eth0]", "authority"),
    ("https://agent", "host"),
    ("https://agent.example.org.", "host"),
    ("https://.example.org", "host"),
    ("https://agent..example.org", "host"),
    ("https://-agent.example.org", "host"),
    ("https://agent-.example.org", "host"),
    ("https://agent_1.example.org", "host"),
    ("https://*.example.org", "host"),
    ("https://agent.example.c0m", "host"),
    ("https://agent.example.123", "host"),
    (f"https://{'a' * 64}.example.org", "host"),
    (f"https://{'.'.join(['a' * 63] * 4)}.org", "host"),
    ("https://①②⑦.⓪.⓪.①", "host"),
    ("https://１２７.0.0.1", "host"),
    ("https://ａgent.example.org", "host"),
    ("https://agent。example.org", "host"),
    ("https://agent．example.org", "host"),
    ("https://exam\u00adple.org", "host"),
    ("https://exam\u200bple.org", "host"),
    ("https://exam\u202eple.org", "host"),
    ("https://\u212aelvin.example.org", "host"),
    ("https://℀.example.org", "host"),
    ("https://localhost", "reserved_name"),
    ("https://LOCALHOST", "reserved_name"),
    ("https://agent.localhost", "reserved_name"),
    ("https://printer.local", "reserved_name"),
    ("https://metadata.google.internal", "reserved_name"),
    ("https://Metadata.Google.Internal", "reserved_name"),
    ("https://metadata.goog", "reserved_name"),
    ("https://a.intranet", "reserved_name"),
    ("https://a.corp", "reserved_name"),
    ("https://a.lan", "reserved_name"),
    ("https://a.home", "reserved_name"),
    ("https://a.home.arpa", "reserved_name"),
    ("https://a.private", "reserved_name"),
    ("https://localhost.localdomain", "reserved_name"),
    ("https://a.onion", "reserved_name"),
    ("https://a.invalid", "reserved_name"),
    ("https://a.test", "reserved_name"),
    ("https://search.oqtopus.example.org", "reserved_name"),
    ("https://agent.example.org/.", "path"),
    ("https://agent.example.org/../admin", "path"),
    ("https://agent.example.org/a/%2e%2e/b", "path"),
    ("https://agent.example.org/a/.%2E/b", "path"),
    ("https://agent.example.org/a%2f..%2fb", "path"),
    ("https://agent.example.org/a/%252e%252e/b", "path"),
    ("https://agent.example.org/a/..;x/b", "path"),
    ("https://agent.example.org/%0d%0aX-Header:1", "path"),
    ("https://agent.example.org/%00", "path"),
    ("https://agent.example.org/%5c..%5c", "path"),
    ("https://127.0.0.1:9501", "port"),
    ("http://127.0.0.1:9502", "scheme"),
    ("http://localhost:9501", "scheme"),
    ("http://127.1:9501", "scheme"),
    ("http://127.0.0.2:9501", "scheme"),
    ("http://[::1]:9501", "scheme"),
    ("http://x@127.0.0.1:9501", "authority"),
    ("http://127.0.0.1:9501/?x", "authority"),
    ("http://127.0.0.1:9501/..", "path"),
]

# Each range with its first and last address, and the public addresses next to it.
INSIDE = [
    "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255",
    "127.0.0.0", "127.0.0.1", "127.255.255.255", "168.63.129.16", "169.254.0.0", "169.254.169.254",
    "169.254.255.255", "172.16.0.0", "172.31.255.255", "192.0.0.0", "192.0.0.8", "192.0.0.255", "192.0.2.0",
    "192.0.2.255", "192.31.196.0", "192.31.196.255", "192.52.193.0", "192.52.193.255", "192.88.99.0",
    "192.88.99.255", "192.168.0.0", "192.168.255.255", "192.175.48.0", "192.175.48.255", "198.18.0.0",
    "198.19.255.255", "198.51.100.0", "198.51.100.255", "203.0.113.0", "203.0.113.255", "224.0.0.0", "239.255.255.255",
    "240.0.0.0", "255.255.255.255",
    "::", "::1", "::7f00:1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::7f00:1", "100::", "100:0:0:1::1",
    "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001::", "2001:0:7f00:1::1", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2002::", "2002:7f00:1::1", "2002:808:808::1",
    "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", "3fff::",
    "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "4000::", "4000::1", "5f00::1", "fc00::", "fd00:ec2::254", "fe80::1",
    "fe80::1%eth0", "fec0::1", "ff02::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "", "localhost", "127.1", "0x7f.0.0.1", "2130706433", "127.0.0.1 ", "8.8.8.8.8", "[::1]",
]  # fmt: skip
OUTSIDE = [
    "1.0.0.0", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
    "128.0.0.0", "168.63.129.15", "168.63.129.17", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0",
    "191.255.255.255", "192.0.1.0", "192.0.1.255", "192.0.3.0", "192.31.195.255", "192.31.197.0", "192.52.192.255",
    "192.52.194.0", "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0", "192.175.47.255",
    "192.175.49.0", "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0",
    "223.255.255.255",
    "2000::", "2001:200::", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::", "2003::", "2606:4700:4700::1111",
    "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2620:4f:7fff:ffff:ffff:ffff:ffff:ffff", "2620:4f:8001::", "3fff:1000::",
    "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
]  # fmt: skip


@pytest.fixture
def policy() -> AddressPolicy:
    return AddressPolicy(frozenset({LOCAL}), own_hosts=frozenset({"search.oqtopus.example.org"}))


@pytest.mark.parametrize(("text", "canonical"), GOOD_URLS)
def test_a_public_https_url_passes_in_its_canonical_form(policy: AddressPolicy, text: str, canonical: str) -> None:
    url = policy.url(text)

    assert str(url) == canonical
    assert url.is_secure and not url.is_listed


@pytest.mark.parametrize(("text", "rule"), BAD_URLS)
def test_a_bad_url_is_refused_by_the_rule_it_breaks(policy: AddressPolicy, text: str, rule: str) -> None:
    with pytest.raises(RefusedUrl) as refusal:
        policy.url(text)

    assert refusal.value.rule == rule


@pytest.mark.parametrize("address", INSIDE)
def test_an_inside_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_the_neighbours_of_each_range_are_public(address: str) -> None:
    assert is_public(address)


def test_the_question_goes_to_agent_below_the_path(policy: AddressPolicy) -> None:
    url = policy.url("https://agent.example.org:8443/v1/")

    assert (url.endpoint, url.authority) == ("/v1/agent", "agent.example.org:8443")


def test_one_inside_answer_refuses_the_whole_name(policy: AddressPolicy) -> None:
    url = policy.url("https://agent.example.org")

    with pytest.raises(RefusedUrl) as refusal:
        policy.judged(url, ["8.8.8.8", "10.0.0.1"])

    assert refusal.value.rule == "address"
    assert "10.0.0.1" not in refusal.value.detail


def test_a_name_without_addresses_is_refused(policy: AddressPolicy) -> None:
    with pytest.raises(RefusedUrl):
        policy.judged(policy.url("https://agent.example.org"), [])


def test_all_public_answers_may_be_dialled(policy: AddressPolicy) -> None:
    answers = ("8.8.8.8", "2606:4700:4700::1111")

    assert policy.judged(policy.url("https://agent.example.org"), answers) == answers


def test_a_listed_origin_passes_with_any_path_and_its_own_addresses(policy: AddressPolicy) -> None:
    url = policy.url("http://127.0.0.1:9501/films")

    assert str(url) == "http://127.0.0.1:9501/films"
    assert policy.judged(url, ["127.0.0.1"]) == ("127.0.0.1",)


def test_a_listed_origin_gives_no_leave_to_other_names_with_inside_addresses(policy: AddressPolicy) -> None:
    with pytest.raises(RefusedUrl):
        policy.judged(policy.url("https://agent.example.org"), ["127.0.0.1"])


def test_without_a_list_loopback_is_refused() -> None:
    with pytest.raises(RefusedUrl):
        AddressPolicy().url(LOCAL)


@pytest.mark.parametrize("origin", ["127.0.0.1:9501", f"{LOCAL}/", f"{LOCAL}/x", "http://*", "http://a?b", ""])
def test_a_listed_origin_that_is_none_stops_the_start(origin: str) -> None:
    with pytest.raises(ConfigurationError, match="ALLOWED_AGENT_ORIGINS"):
        AddressPolicy(frozenset({origin}))


@pytest.mark.parametrize(
    "own", [OWN, f"{OWN}.", OWN.upper(), "OqToPus.example.ORG."], ids=["plain", "dot", "capitals", "both"]
)
@pytest.mark.parametrize("url", [f"https://{OWN}", f"https://{OWN.upper()}/v1", f"https://{OWN}:8443"])
def test_an_own_host_is_refused_however_either_is_written(own: str, url: str) -> None:
    with pytest.raises(RefusedUrl) as refusal:
        AddressPolicy(own_hosts=frozenset({own})).url(url)

    assert refusal.value.rule == "reserved_name"


@pytest.mark.parametrize("own", ["würfel.example.org", "WÜRFEL.example.org.", "xn--wrfel-kva.example.org"])
@pytest.mark.parametrize("host", ["würfel.example.org", "xn--wrfel-kva.example.org", "XN--WRFEL-KVA.example.org"])
def test_an_own_host_in_unicode_is_the_same_in_punycode(own: str, host: str) -> None:
    with pytest.raises(RefusedUrl) as refusal:
        AddressPolicy(own_hosts=frozenset({own})).url(f"https://{host}")

    assert refusal.value.rule == "reserved_name"


def test_a_name_below_an_own_host_is_somebody_elses() -> None:
    url = f"https://agents.{OWN}"

    assert str(AddressPolicy(own_hosts=frozenset({OWN})).url(url)) == url


@pytest.mark.parametrize("own", ["localhost", "127.0.0.1", "oqtopus", "10.0.0.1."])
def test_an_own_host_may_be_of_a_local_network(own: str) -> None:
    assert str(AddressPolicy(own_hosts=frozenset({own})).url("https://a.example.org")) == "https://a.example.org"


@pytest.mark.parametrize("own", ["", ".", f"https://{OWN}", f"{OWN}:443", f"{OWN}/", "*.example.org", "a b", "ü--.org"])
def test_an_own_host_that_is_no_name_stops_the_start(own: str) -> None:
    with pytest.raises(ConfigurationError, match="PUBLIC_HOSTS"):
        AddressPolicy(own_hosts=frozenset({own}))


def test_a_listed_origin_is_called_although_the_host_is_our_own() -> None:
    policy = AddressPolicy(frozenset({LOCAL}), frozenset({"127.0.0.1"}))

    assert str(policy.url(LOCAL)) == LOCAL


@given(st.text() | st.text(alphabet="htps:/@.%[]?#1a0\\ ").map("https://a.bc".__add__))
def test_no_text_makes_the_policy_fail_in_another_way(text: str) -> None:
    policy = AddressPolicy()

    try:
        url = policy.url(text)
    except RefusedUrl:
        return

    assert policy.url(str(url)) == url


@given(st.ip_addresses())
def test_an_address_that_python_knows_for_private_is_never_public(address: object) -> None:
    if getattr(address, "is_private", False) or getattr(address, "is_multicast", False):
        assert not is_public(str(address))


@pytest.mark.parametrize("path", ["é" * 400, "é" * 1_000, "a" * 2_000, "%41" * 600])
def test_what_is_accepted_is_accepted_again_in_the_form_that_is_kept(path: str) -> None:
    policy = AddressPolicy()
    try:
        kept = str(policy.url(f"https://agents.example.com/{path}"))
    except RefusedUrl as refused:
        assert refused.rule == "length"
    else:
        assert str(policy.url(kept)) == kept
