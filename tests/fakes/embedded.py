"""The real embedded model, loaded once a process: 150 MB and half a second that no test of something else repeats."""

from functools import cache

from oqtopus.adapters.embedded.model import EmbeddedModel


@cache
def shared_embedded_model() -> EmbeddedModel:
    """It loads at first use; a test that closes it ends its thread only, and the next one starts another."""
    return EmbeddedModel()
