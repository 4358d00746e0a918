"""Failures in words."""

from typing import get_args

import pytest

from oqtopus.domain.failures import in_words
from oqtopus.errors import FailureReason


@pytest.mark.parametrize("reason", get_args(FailureReason))
def test_every_reason_has_words_of_its_own(reason: FailureReason) -> None:
    assert in_words(reason).endswith(f" ({reason})")
    assert "it went wrong" not in in_words(reason)
