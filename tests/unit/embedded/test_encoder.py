from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from oqtopus.adapters.embedded import encoder as encoder_module
from oqtopus.adapters.embedded.encoder import VOCABULARY, EncoderMissing, MiniLM, minilm
from oqtopus.adapters.embedded.wordpiece import WordPiece, read_vocabulary


class CountingSession:
    """Stands in for onnxruntime: the state of a token is its number, twice."""

    def __init__(self) -> None:
        self.runs = 0

    def get_inputs(self) -> Sequence[SimpleNamespace]:
        return [SimpleNamespace(name="input_ids"), SimpleNamespace(name="attention_mask")]

    def run(self, outputs: None, inputs: Mapping[str, NDArray[np.int64]]) -> Sequence[NDArray[np.float32]]:
        self.runs += 1
        states = np.stack([inputs["input_ids"], inputs["attention_mask"]], axis=-1)
        return [states.astype(np.float32)]


def counting() -> tuple[MiniLM, CountingSession]:
    session = CountingSession()
    return MiniLM(session, WordPiece(read_vocabulary(VOCABULARY))), session


def test_a_vector_has_length_one_and_is_the_same_each_time(encoder: MiniLM) -> None:
    first = encoder.vector("a quiet table for two")

    again = minilm().vector("a quiet table for two")

    assert first.shape == (384,)
    assert float(np.linalg.norm(first)) == pytest.approx(1.0, abs=1e-5)
    assert np.array_equal(first, again)


def test_texts_of_like_meaning_are_nearer_than_others(encoder: MiniLM) -> None:
    question = encoder.vector("my tooth hurts")

    assert question @ encoder.vector("toothache") > question @ encoder.vector("car rental") + 0.3


def test_a_repeated_text_is_not_run_again() -> None:
    minilm_model, session = counting()

    minilm_model.vector("an agent's description")
    minilm_model.vector("an agent's description")

    assert session.runs == 1


def test_only_the_latest_texts_are_remembered() -> None:
    minilm_model, session = counting()
    for number in range(encoder_module.REMEMBERED_TEXTS + 1):
        minilm_model.vector(f"text {number}")

    minilm_model.vector("text 1")
    minilm_model.vector("text 0")

    assert session.runs == encoder_module.REMEMBERED_TEXTS + 2


def test_segments_share_one_run_and_leave_the_whole_text_remembered() -> None:
    minilm_model, session = counting()

    whole, parts = minilm_model.vectors(["fix the roof", ", ", "mow the lawn"])

    assert np.array_equal(whole, minilm_model.vector("fix the roof, mow the lawn"))
    assert len(parts) == 3
    assert session.runs == 1


def test_a_segment_past_the_limit_has_the_vector_of_the_whole(encoder: MiniLM) -> None:
    whole, parts = encoder.vectors(["word " * 200, ", ", "and more"])

    assert np.array_equal(parts[2], whole)


def test_another_model_file_is_refused(tmp_path: Path) -> None:
    altered = tmp_path / "model.onnx"
    altered.write_bytes(b"not the model")

    with pytest.raises(EncoderMissing, match="not the file that was measured"):
        minilm(lambda: altered)


def test_an_absent_model_file_is_a_reason(tmp_path: Path) -> None:
    with pytest.raises(EncoderMissing, match="FileNotFoundError"):
        minilm(lambda: tmp_path / "absent.onnx")
