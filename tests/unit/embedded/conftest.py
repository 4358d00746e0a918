"""The trained head and MiniLM, loaded once for all tests here."""

import pytest

from oqtopus.adapters.embedded import head
from oqtopus.adapters.embedded.classifier import Classifier
from oqtopus.adapters.embedded.encoder import MiniLM, minilm
from oqtopus.adapters.embedded.head import Head


@pytest.fixture(scope="session")
def encoder() -> MiniLM:
    return minilm()


@pytest.fixture(scope="session")
def trained_head() -> Head:
    return head.load()


@pytest.fixture(scope="session")
def classifier(trained_head: Head, encoder: MiniLM) -> Classifier:
    return Classifier(trained_head, encoder)
