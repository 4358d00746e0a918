"""What the model providers put on the wire, as bytes made once for a script."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

Fault = Literal[
    "rate_limited",  # 429
    "failing",  # 500
    "unauthorised",  # 401
    "hang",  # takes the request and says nothing
    "stall",  # falls silent after the first piece
    "malformed",  # half of the JSON that routing is to give; broken JSON in the stream
    "cut",  # the connection ends after the first piece
    "unfinished",  # the stream ends properly, but without its closing event
    "empty",  # a whole answer without text
    "refused",  # the provider's own filter steps in
    "overloaded",  # the stream says in mid-answer that the provider is overloaded
]

PROTOCOLS = ("gemini", "responses", "chat")
WORDS = "Seven rivers meet below the old town, and the longest of them rises in the hills to the north. " * 8


@dataclass(frozen=True, slots=True)
class Script:
    """What the providers do: the first of `pieces` leaves at `first_piece_ms`, the last at `answer_ms`."""

    route_ms: float = 0
    answer_ms: float = 0
    first_piece_ms: float = 0
    pieces: int = 4
    answer: str = WORDS
    categories: tuple[str, ...] = ()
    confidence: float = 0.9
    fields: tuple[Mapping[str, str], ...] = ()
    fault: Fault | None = None

    @property
    def routing_answer(self) -> str:
        answer = {"categories": self.categories, "confidence": self.confidence, "fields": self.fields}
        text = json.dumps(answer)
        match self.fault:
            case "malformed":
                return text[: len(text) // 2]
            case "empty":
                return ""
            case _:
                return text

    @property
    def answer_pieces(self) -> tuple[str, ...]:
        """The answer in as many pieces of equal length as were asked for."""
        if self.fault in {"empty", "refused"}:
            return ()
        size = -(-len(self.answer) // self.pieces)
        return tuple(self.answer[at : at + size] for at in range(0, len(self.answer), size))


@dataclass(frozen=True, slots=True)
class Frames:
    """One provider's bytes: `routed` is a whole reply, the rest follow each other in a stream."""

    routed: bytes
    opening: bytes
    pieces: tuple[bytes, ...]
    closing: bytes


def frames(script: Script) -> Mapping[str, Frames]:
    """By the name of the provider's protocol."""
    return dict(zip(PROTOCOLS, (_gemini(script), _responses(script), _chat(script)), strict=True))


def error_body(status: int) -> bytes:
    """An error that both SDKs can read; it quotes a secret, as providers' messages sometimes do."""
    return _json({"error": {"code": status, "message": "no: sk-SECRET", "status": "E", "type": "error"}})


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _data(value: object) -> bytes:
    return b"data: " + _json(value) + b"\n\n"


def _streamed(
    script: Script, piece: Callable[[str], bytes], closing: bytes, overloaded: bytes
) -> tuple[tuple[bytes, ...], bytes]:
    pieces = tuple(map(piece, script.answer_pieces))
    match script.fault:
        case "unfinished":
            return pieces, b""
        case "overloaded":
            return pieces[:1], overloaded
        case "malformed":
            return pieces[:1], b'data: {"half\n\n'
        case _:
            return pieces, closing


def _gemini(script: Script) -> Frames:
    finish = "SAFETY" if script.fault == "refused" else "STOP"
    usage = {"promptTokenCount": 400, "candidatesTokenCount": 120, "totalTokenCount": 520}

    def reply(text: str, finish_reason: str | None) -> dict[str, object]:
        parts = [{"text": text}] if text else []
        candidate: dict[str, object] = {"content": {"parts": parts, "role": "model"}, "index": 0}
        if finish_reason is not None:
            candidate["finishReason"] = finish_reason
        return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "fake", "responseId": "r1"}

    routed = reply("" if finish == "SAFETY" else script.routing_answer, finish)
    overloaded = _data({"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}})
    closing = _data(reply("", finish))
    pieces, closing = _streamed(script, lambda text: _data(reply(text, None)), closing, overloaded)
    return Frames(_json(routed), b"", pieces, closing)


def _responses(script: Script) -> Frames:
    def event(name: str, **values: object) -> bytes:
        return f"event: {name}\n".encode() + _data({"type": name, "sequence_number": 1, **values})

    def response(status: str, content: list[dict[str, object]]) -> dict[str, object]:
        message = {"type": "message", "id": "m", "status": status, "role": "assistant", "content": content}
        usage = {"input_tokens": 400, "output_tokens": 120, "total_tokens": 520}
        shell = {"id": "r", "object": "response", "created_at": 1, "model": "fake", "usage": usage}
        return {**shell, "status": status, "output": [message]}

    place = {"item_id": "m", "output_index": 0, "content_index": 0}
    refusal: dict[str, object] = {"type": "refusal", "refusal": "I will not."}
    written: dict[str, object] = {"type": "output_text", "text": script.routing_answer, "annotations": []}
    refused = script.fault == "refused"
    closing = event("response.completed", response=response("completed", []))
    if refused:
        closing = event("response.refusal.delta", **place, delta="I will not.") + closing
    error = {"code": "server_error", "message": "overloaded"}
    overloaded = event("response.failed", response={**response("failed", []), "error": error})
    pieces, closing = _streamed(
        script,
        lambda text: event("response.output_text.delta", **place, delta=text, logprobs=[]),
        closing,
        overloaded,
    )
    routed = _json(response("completed", [refusal if refused else written]))
    return Frames(routed, event("response.created", response=response("in_progress", [])), pieces, closing)


def _chat(script: Script) -> Frames:
    shell = {"id": "c", "created": 1, "model": "fake"}

    def chunk(delta: dict[str, str], finish: str | None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return _data({**shell, "object": "chat.completion.chunk", "choices": [choice]})

    refused = script.fault == "refused"
    finish = "content_filter" if refused else "stop"
    message = {"role": "assistant", "content": None if refused else script.routing_answer}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    overloaded = _data({"error": {"message": "overloaded", "code": 503, "type": "server_error"}})
    closing = chunk({}, finish) + b"data: [DONE]\n\n"
    pieces, closing = _streamed(script, lambda text: chunk({"content": text}, None), closing, overloaded)
    routed = _json({**shell, "object": "chat.completion", "choices": [choice]})
    return Frames(routed, chunk({"role": "assistant", "content": ""}, None), pieces, closing)
