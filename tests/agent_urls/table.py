"""The whole table, by groups, and the policy that each row is for."""

from collections.abc import Mapping

from oqtopus.security.egress import AddressPolicy
from tests.agent_urls import forms, names, origins, paths, ranges, reserved, spellings
from tests.agent_urls.rows import LISTED, Row

OWN_HOSTS = frozenset({"oqtopus.example.org", "Search.Oqtopus.Example.NET.", "würfel.example.com", "127.0.0.1"})
AS_IT_IS_RUN = AddressPolicy(own_hosts=OWN_HOSTS)
WITH_ONE_LISTED = AddressPolicy(frozenset({LISTED}), OWN_HOSTS)

GROUPS: Mapping[str, tuple[AddressPolicy, tuple[Row, ...]]] = {
    "forms": (AS_IT_IS_RUN, forms.ROWS),
    "paths": (AS_IT_IS_RUN, paths.ROWS),
    "spellings": (AS_IT_IS_RUN, spellings.ROWS),
    "names": (AS_IT_IS_RUN, names.ROWS),
    "reserved": (AS_IT_IS_RUN, reserved.ROWS),
    "ranges": (AS_IT_IS_RUN, ranges.ROWS),
    "unlisted": (AS_IT_IS_RUN, origins.UNLISTED),
    "listed": (WITH_ONE_LISTED, origins.ROWS),
}
ROWS = tuple((policy, row) for policy, rows in GROUPS.values() for row in rows)
ROW_NAMES = tuple(row.name for _, row in ROWS)
