"""The queries over agents; what a query needs of composite indexes stands in infra/firestore.indexes.json."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from google.cloud.firestore_v1.async_collection import AsyncCollectionReference
from google.cloud.firestore_v1.async_query import AsyncQuery
from google.cloud.firestore_v1.base_query import BaseFilter, FieldFilter, Or

from oqtopus.adapters.firestore.documents import comparable
from oqtopus.domain.accounts import AccountId
from oqtopus.domain.agents import AgentStatus

_ACTIVE: Final = FieldFilter("status", "==", AgentStatus.ACTIVE.value)
_PUBLIC: Final = FieldFilter("is_public", "==", True)


def owned_by(agents: AsyncCollectionReference, owner_id: AccountId) -> AsyncQuery:
    return agents.where(filter=_owned(owner_id))


def public(agents: AsyncCollectionReference, category: str | None) -> AsyncQuery:
    query = agents.where(filter=_ACTIVE).where(filter=_PUBLIC)
    if category is None:
        return query
    return query.where(filter=FieldFilter("categories", "array_contains", comparable(category)))


def candidates(
    agents: AsyncCollectionReference, categories: Sequence[str], account_id: AccountId | None, at_most: int
) -> AsyncQuery:
    """Those that the account may call, the shortest row of failures first, then the oldest."""
    visible: BaseFilter = _PUBLIC if account_id is None else Or([_PUBLIC, _owned(account_id)])
    fitting = agents.where(filter=_ACTIVE).where(filter=_any_of(categories)).where(filter=visible)
    return fitting.order_by("failures_in_a_row").order_by("created_at").limit(at_most)


def own_candidates(agents: AsyncCollectionReference, categories: Sequence[str], owner_id: AccountId) -> AsyncQuery:
    return agents.where(filter=_ACTIVE).where(filter=_any_of(categories)).where(filter=_owned(owner_id))


def due(agents: AsyncCollectionReference, now: datetime, at_most: int) -> AsyncQuery:
    """Pending agents have no such time, which no comparison finds."""
    return agents.where(filter=FieldFilter("probe_due_at", "<=", now)).order_by("probe_due_at").limit(at_most)


def _owned(owner_id: AccountId) -> FieldFilter:
    return FieldFilter("owner_id", "==", comparable(owner_id))


def _any_of(categories: Sequence[str]) -> FieldFilter:
    return FieldFilter("categories", "array_contains_any", list(dict.fromkeys(map(comparable, categories))))
