"""Where a question goes: the embedded classifier first, the provider's model only when that is unsure."""

from oqtopus.config import Routing
from oqtopus.domain.model import Route, RoutingTask
from oqtopus.errors import ModelFailure
from oqtopus.observability import event_log
from oqtopus.ports import LanguageModel

log = event_log(__name__)

SURE = 0.8
"""The calibrated probability from which the embedded classifier's word is taken; see infra/routing/README.md."""


class Router:
    """Routes with the first of `models` that answers; the last one is the embedded model and always does."""

    def __init__(self, models: tuple[LanguageModel, ...], mode: Routing) -> None:
        *self._providers, self._embedded = models
        self._mode = mode

    async def route(self, task: RoutingTask) -> Route:
        guess: Route | None = None
        if self._mode != "llm" or not self._providers:
            guess = await self._embedded.route(task)
            if self._mode == "embedded" or not self._providers or guess.confidence >= SURE:
                return guess
        for provider in self._providers:
            try:
                return await provider.route(task)
            except ModelFailure as failure:
                log.warning("model_failed", model=failure.model, reason=failure.reason, step="route")
        return guess or await self._embedded.route(task)
