"""The body of a search."""

from oqtopus.wire.fields import Query
from oqtopus.wire.requests import Body


class SearchRequest(Body):
    """`POST /v1/search`."""

    query: Query
