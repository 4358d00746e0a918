"""The two protocols by which OpenAI's models are asked: what goes out, and what the replies mean."""

from collections.abc import Mapping
from typing import Protocol

from oqtopus.adapters.model_calls import Json, ModelFailureReason, at, text_at
from oqtopus.adapters.model_usage import tokens_at
from oqtopus.domain.model import Prompt

_REASONING_MODELS = ("gpt-6",)


class Dialect(Protocol):
    """A protocol's endpoint, its requests, and the reading of its replies and of its streams' events."""

    @property
    def path(self) -> str: ...

    def body(self, model: str, prompt: Prompt, max_output_tokens: int) -> dict[str, object]: ...

    def answers_as(self, schema: Mapping[str, object]) -> dict[str, object]:
        """What a request says in addition for its answer to be JSON of this schema."""

    def text(self, reply: Json) -> str: ...

    def piece(self, event: Json) -> str: ...

    def is_finished(self, event: Json) -> bool: ...

    def tokens(self, reply: Json) -> tuple[int, int] | None:
        """The tokens given and made, where a reply or an event tells them."""

    def failure(self, reply: Json) -> ModelFailureReason | None:
        """Why a reply or an event means that there will be no whole answer, if it does."""


class _Responses:
    path = "/responses"

    def body(self, model: str, prompt: Prompt, max_output_tokens: int) -> dict[str, object]:
        body: dict[str, object] = {
            "model": model,
            "instructions": prompt.system,
            "input": prompt.user,
            "max_output_tokens": max_output_tokens,
            "store": False,
        }
        if model.startswith(_REASONING_MODELS):
            body["reasoning"] = {"effort": "low"}
        return body

    def answers_as(self, schema: Mapping[str, object]) -> dict[str, object]:
        form = {"type": "json_schema", "name": "route", "schema": schema, "strict": True}
        return {"text": {"format": form}}

    def text(self, reply: Json) -> str:
        return "".join(text_at(part, "text") for part in _parts(reply))

    def piece(self, event: Json) -> str:
        return text_at(event, "delta") if event.get("type") == "response.output_text.delta" else ""

    def is_finished(self, event: Json) -> bool:
        return event.get("type") in {"response.completed", "response.incomplete"}

    def tokens(self, reply: Json) -> tuple[int, int] | None:
        return tokens_at(at(reply.get("response", reply), "usage"), "input_tokens", "output_tokens")

    def failure(self, reply: Json) -> ModelFailureReason | None:
        kind, response = reply.get("type"), reply.get("response", reply)
        if kind == "response.output_text.delta":
            return None
        if kind == "response.refusal.delta" or any(at(part, "refusal") for part in _parts(response)):
            return "refused"
        if at(response, "incomplete_details", "reason") == "content_filter":
            return "refused"
        if kind == "error" or at(response, "status") == "failed":
            code = text_at(reply, "code") or text_at(response, "error", "code")
            return "rate_limited" if code == "rate_limit_exceeded" else "unavailable"
        return None


class _ChatCompletions:
    path = "/chat/completions"

    def body(self, model: str, prompt: Prompt, max_output_tokens: int) -> dict[str, object]:
        messages = [{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}]
        return {"model": model, "messages": messages, "max_tokens": max_output_tokens}

    def answers_as(self, schema: Mapping[str, object]) -> dict[str, object]:
        form = {"name": "route", "schema": schema, "strict": True}
        return {"response_format": {"type": "json_schema", "json_schema": form}}

    def text(self, reply: Json) -> str:
        return text_at(reply, "choices", 0, "message", "content")

    def piece(self, event: Json) -> str:
        return text_at(event, "choices", 0, "delta", "content")

    def is_finished(self, event: Json) -> bool:
        return bool(text_at(event, "choices", 0, "finish_reason"))

    def tokens(self, reply: Json) -> tuple[int, int] | None:
        """Streams tell them when asked to only, which some compatible servers call wrong."""
        return tokens_at(reply.get("usage"), "prompt_tokens", "completion_tokens")

    def failure(self, reply: Json) -> ModelFailureReason | None:
        choice = at(reply, "choices", 0)
        if text_at(choice, "message", "refusal") or text_at(choice, "delta", "refusal"):
            return "refused"
        if text_at(choice, "finish_reason") == "content_filter":
            return "refused"
        return "unavailable" if at(reply, "error") is not None else None


def _parts(response: object) -> list[object]:
    """The parts of all messages of a response; reasoning and the like have none."""
    output = at(response, "output")
    contents = [at(item, "content") for item in output] if isinstance(output, list) else []
    return [part for content in contents if isinstance(content, list) for part in content]


RESPONSES: Dialect = _Responses()
CHAT_COMPLETIONS: Dialect = _ChatCompletions()
