"""Rules U1 to U8, U11 and U12: what an agent's URL may be and which addresses may be dialled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oqtopus.errors import ConfigurationError, RefusedUrl
from oqtopus.security.egress import AddressPolicy, is_public
from tests.agent_urls.rows import Row
from tests.agent_urls.table import ROW_NAMES, ROWS

LOCAL = "http://127.0.0.1:9501"
OWN = "oqtopus.example.org"


@pytest.fixture
def policy() -> AddressPolicy:
    return AddressPolicy(frozenset({LOCAL}))


@pytest.mark.parametrize(("policy", "row"), ROWS, ids=ROW_NAMES)
def test_a_url_is_kept_in_its_canonical_form_or_refused_by_the_rule_it_breaks(policy: AddressPolicy, row: Row) -> None:
    try:
        url = policy.url(row.url)
        policy.judged(url, row.answers)
    except RefusedUrl as refusal:
        assert refusal.rule == row.rule
        assert not any(answer in refusal.detail for answer in row.answers if answer)
    else:
        assert row.rule is None
        assert str(url) == row.kept
        assert policy.url(row.kept) == url
        assert url.is_listed != url.is_secure


def test_the_question_goes_to_agent_below_the_path(policy: AddressPolicy) -> None:
    url = policy.url("https://agent.example.org:8443/v1/")

    assert (url.endpoint, url.authority) == ("/v1/agent", "agent.example.org:8443")


def test_one_inside_answer_refuses_the_whole_name(policy: AddressPolicy) -> None:
    url = policy.url("https://agent.example.org")

    with pytest.raises(RefusedUrl) as refusal:
        policy.judged(url, ["8.8.8.8", "10.0.0.1"])

    assert refusal.value.rule == "address"
    assert "10.0.0.1" not in refusal.value.detail


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


@pytest.mark.parametrize(
    "own", ["", ".", f"https://{OWN}", f"{OWN}:443", f"{OWN}/", "*.example.org", "a b", "xn--a.org"]
)
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
