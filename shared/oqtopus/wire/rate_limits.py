"""What is left of the day, told in the header fields of draft-ietf-httpapi-ratelimit-headers.

The form is that of drafts 08 to 10: `RateLimit-Policy` and `RateLimit` are lists of structured fields (RFC 9651) whose
one member is named after the policy. Drafts up to 07 had other fields, such as `RateLimit-Remaining`.
"""

import math
from collections.abc import Awaitable, Mapping
from datetime import datetime, timedelta

from starlette.responses import Response

from oqtopus.domain.quotas import Quota
from oqtopus.errors import QuotaSpent
from oqtopus.ports import Clock
from oqtopus.wire.problems import problem

_DAY = timedelta(days=1)
_DAY_SECONDS = 86_400


async def with_rate_limit(reply: Awaitable[tuple[Quota, Response]], request_id: str, clock: Clock) -> Response:
    """The reply with its quota in the headers; a spent quota is told in the same words as what is left of one."""
    try:
        quota, response = await reply
    except QuotaSpent as spent:
        quota = Quota(spent.limit, spent.limit, (spent.resets_at - _DAY).date())
        response = problem(spent, request_id)
    response.headers.update(rate_limit_headers(quota, clock()))
    return response


def rate_limit_headers(quota: Quota, now: datetime) -> Mapping[str, str]:
    """`r` searches are left; in `t` seconds there are `q` again."""
    seconds = math.ceil((quota.resets_at - now).total_seconds())
    return {
        "RateLimit-Policy": f'"daily";q={quota.limit};w={_DAY_SECONDS}',
        "RateLimit": f'"daily";r={quota.remaining};t={min(_DAY_SECONDS, max(0, seconds))}',
    }
