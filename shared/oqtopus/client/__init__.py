"""The Python client: `OqtopusClient`, and `AsyncOqtopusClient` for coroutines.

::

    from oqtopus.client import Delta, OqtopusClient

    with OqtopusClient("https://oqtopus.example.org", token="oqt_…") as client:
        with client.search("Who directed Heat?") as events:
            for event in events:
                if isinstance(event, Delta):
                    print(event.text, end="")

Events are a closed union (`Event`); every value keeps what the server sent in `document`. `errors` has the tree of what
is raised. Calls that may pass are made again, see `RetryPolicy`.
"""

from oqtopus.client.addresses import DEFAULT_URL
from oqtopus.client.async_connection import AsyncSearchStream
from oqtopus.client.asynchronous import AsyncOqtopusClient
from oqtopus.client.blocking import OqtopusClient
from oqtopus.client.connection import SearchStream
from oqtopus.client.errors import (
    ClientError,
    Conflict,
    Forbidden,
    Invalid,
    NoAnswer,
    NotFound,
    NotSignedIn,
    Problem,
    QuotaSpent,
    Refused,
    ServerFailed,
    StreamBroken,
    TooMany,
    UnexpectedReply,
    Unreachable,
)
from oqtopus.client.events import (
    AgentResult,
    Agents,
    Category,
    Claim,
    Delta,
    Disagreement,
    Error,
    Event,
    Final,
    Ping,
    Reference,
    Result,
    Said,
    Source,
    Span,
    Unknown,
    Usage,
)
from oqtopus.client.health import AgentHealth, Circuit, Failure, HealthBar, HealthSummary, HealthWindow, Latencies
from oqtopus.client.retries import RetryPolicy
from oqtopus.client.values import (
    Account,
    Agent,
    AgentKey,
    Credential,
    Login,
    Me,
    NewToken,
    Quota,
    TaxonomyCategory,
    Token,
)

__all__ = [
    "DEFAULT_URL",
    "Account",
    "Agent",
    "AgentHealth",
    "AgentKey",
    "AgentResult",
    "Agents",
    "AsyncOqtopusClient",
    "AsyncSearchStream",
    "Category",
    "Circuit",
    "Claim",
    "ClientError",
    "Conflict",
    "Credential",
    "Delta",
    "Disagreement",
    "Error",
    "Event",
    "Failure",
    "Final",
    "Forbidden",
    "HealthBar",
    "HealthSummary",
    "HealthWindow",
    "Invalid",
    "Latencies",
    "Login",
    "Me",
    "NewToken",
    "NoAnswer",
    "NotFound",
    "NotSignedIn",
    "OqtopusClient",
    "Ping",
    "Problem",
    "Quota",
    "QuotaSpent",
    "Reference",
    "Refused",
    "Result",
    "RetryPolicy",
    "Said",
    "SearchStream",
    "ServerFailed",
    "Source",
    "Span",
    "StreamBroken",
    "TaxonomyCategory",
    "Token",
    "TooMany",
    "UnexpectedReply",
    "Unknown",
    "Unreachable",
    "Usage",
]
