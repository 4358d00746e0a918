"""Events as JSON documents: `{"type": …, "data": …}` with further members beside them."""

from collections.abc import Mapping, Sequence

from oqtopus.domain import events
from oqtopus.domain.agents import Reference
from oqtopus.domain.clean_text import clean, clean_name, clean_value
from oqtopus.domain.reviews import Disagreement
from oqtopus.domain.spans import Span
from oqtopus.wire.responses import encoded, timestamp

MAX_EVENT_BYTES = 256 * 1024
_SHORT_ANSWER = 2_000


def event_bytes(event: events.Event) -> tuple[str, bytes]:
    """The event's type and its JSON of at most 256 KiB.

    Only the summary of many long answers can be larger; it is then sent with each answer cut and its other members
    left out: the whole answers have gone out in the `agent` events before it. What an agent may send, and how many may
    be asked, bounds every other event.
    """
    document = event_document(event)
    body = encoded(document)
    if len(body) > MAX_EVENT_BYTES and isinstance(event, events.AgentsFinished):
        body = encoded({"type": "agents", "data": [_answered(answer, _SHORT_ANSWER) for answer in event.answers]})
    return str(document["type"]), body


def event_document(event: events.Event) -> Mapping[str, object]:
    """The event in the words of the public contract.

    What strangers and models wrote is clean when it comes here and is cleaned once more, so that no text leaves that
    found another way to an event (O2). Only a delta is left alone: it is a piece of a text that was cleaned as a whole.
    """
    match event:
        case events.QuotaCharged(quota):
            data: object = {
                "remaining": quota.remaining,
                "max": quota.limit,
                "resets_at": timestamp(quota.resets_at),
            }
            return {"type": "quota", "data": data}
        case events.Routed(route):
            return {
                "type": "category",
                "data": ", ".join(route.categories),
                "categories": list(route.categories),
                "confidence": round(route.confidence, 3),
                "routed_by": route.routed_by,
            }
        case events.AgentAnswered():
            return {"type": "agent", "data": _answered(event)}
        case events.AgentsFinished(answers):
            return {"type": "agents", "data": [_answered(answer) for answer in answers]}
        case events.Delta(text):
            return {"type": "delta", "data": text}
        case events.Ping():
            return {"type": "ping", "data": None}
        case events.Failed(code, detail):
            return {"type": "error", "data": {"code": code, "detail": detail}}
        case events.Final():
            return _final(event)


def _answered(answered: events.AgentAnswered, most: int | None = None) -> Mapping[str, object]:
    document: dict[str, object] = {
        "agent_url": answered.agent_url,
        "agent_id": answered.agent_id,
        "name": clean_name(answered.name),
        "ms": round(answered.ms),
    }
    if answered.reply is None:
        return document | {"error": answered.failure}
    result: dict[str, object] = {"answer": clean(answered.reply.answer)[:most], "sources": []}
    if most is None:
        fields = {clean(name): clean_value(value) for name, value in answered.reply.fields.items()}
        result = {**fields, **result, "sources": _references(answered.reply.references)}
    return document | {"result": result}


def _final(final: events.Final) -> Mapping[str, object]:
    return {
        "type": "final",
        "data": clean(final.answer),
        "sources": [
            {
                "number": source.number,
                "agent_id": source.agent_id,
                "agent_url": source.agent_url,
                "name": clean_name(source.name),
                "references": _references(source.references),
                "ms": round(source.ms),
                "claims": [{**_span(claim.span), "quote": _span(claim.quote)} for claim in source.claims],
            }
            for source in final.sources
        ],
        "disagreement": [_disagreement(one) for one in final.disagreements],
        "usage": {**final.usage, "unsupported": [_span(span) for span in final.unsupported]},
        "request_id": final.request_id,
    }


def _disagreement(disagreement: Disagreement) -> Mapping[str, object]:
    return {
        "kind": disagreement.kind,
        "agents": list(disagreement.agents),
        "claims": [
            {"number": claim.number, **_span(claim.span), "text": clean(claim.text)} for claim in disagreement.claims
        ],
    }


def _span(span: Span) -> Mapping[str, int]:
    return {"start": span.start, "end": span.end}


def _references(references: Sequence[Reference]) -> list[Mapping[str, object]]:
    return [{"title": clean(reference.title), "url": clean(reference.url)} for reference in references]
