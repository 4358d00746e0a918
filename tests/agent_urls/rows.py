"""What a row of the table says, and how rows are written down."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from oqtopus.errors import UrlRule

PUBLIC = "93.184.216.34"
AGENT = "https://agent.example.org"
LISTED = "http://127.0.0.1:9501"


@dataclass(frozen=True, slots=True)
class Row:
    """One URL and what must become of it: refused by `rule`, or, without one, called.

    `kept` is the form in which a good one is kept and called; `answers` is what its host resolves to at each look-up,
    which only a row of the rule `address` gets as far as.
    """

    name: str
    url: str
    rule: UrlRule | None = None
    kept: str = ""
    answers: tuple[str, ...] = (PUBLIC,)


def refused(rule: UrlRule, urls: Mapping[str, str]) -> Iterator[Row]:
    return (Row(name, url, rule) for name, url in urls.items())


def refused_hosts(rule: UrlRule, hosts: Mapping[str, str]) -> Iterator[Row]:
    return refused(rule, {name: f"https://{host}" for name, host in hosts.items()})


def refused_answers(answers: Mapping[str, tuple[str, ...]]) -> Iterator[Row]:
    """Rows of a sound URL whose name resolves to these addresses."""
    return (Row(name, AGENT, "address", AGENT, resolved) for name, resolved in answers.items())


def called_answers(answers: Mapping[str, tuple[str, ...]]) -> Iterator[Row]:
    return (Row(name, AGENT, None, AGENT, resolved) for name, resolved in answers.items())


def called(urls: Mapping[str, str], answers: tuple[str, ...] = (PUBLIC,)) -> Iterator[Row]:
    """Rows of good URLs that are kept as they are written."""
    return (Row(name, url, None, url, answers) for name, url in urls.items())


def called_as(urls: Mapping[str, tuple[str, str]], answers: tuple[str, ...] = (PUBLIC,)) -> Iterator[Row]:
    """Rows of good URLs, each with the form in which it is kept."""
    return (Row(name, url, None, kept, answers) for name, (url, kept) in urls.items())
