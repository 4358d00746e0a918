"""What counts of an agent's reply: the documented fields, each checked (C7), with its text clean (P2, O2)."""

import json
from collections.abc import Mapping
from functools import lru_cache
from itertools import accumulate
from typing import Final

import jsonschema_rs

from oqtopus.adapters.agent_json import object_in
from oqtopus.domain.agents import AgentReply, Reference
from oqtopus.domain.clean_text import clean, clean_value
from oqtopus.domain.cleaning.links import HTTPS_URL
from oqtopus.domain.text import is_blank, visible
from oqtopus.errors import AgentFailure

MAX_ANSWER: Final = 8_000
MAX_FIELDS: Final = 8_000
MAX_REFERENCES: Final = 10
MAX_REFERENCES_BYTES: Final = 4_096
MAX_TITLE: Final = 200

# Cleaning costs time for each character, so a text is cut roughly first and exactly afterwards.
_ROUGH_CUT = 4 * MAX_ANSWER
_CUT = 2 * MAX_ANSWER
_MAX_LINK = 2_048


def reply_in(data: bytes, structure: Mapping[str, object], structure_json: str) -> AgentReply:
    """The checked reply. `structure_json` is `structure` as text; compiled schemas are kept by it.

    An answer of more than 8,000 characters is cut, for a long answer is still an answer. Other properties count when
    the structure names them; together they may have 8,000 characters, and what is beyond is left out.
    """
    reply = object_in(data)
    answer = _answer(reply.get("answer"))
    named = structure.get("properties")
    names = list(named) if isinstance(named, Mapping) else []
    fields = _fields(reply, [name for name in names if name != "answer"])
    if not _fits(structure_json, {"answer": answer, **fields} if "answer" in names or not names else fields):
        raise AgentFailure("bad_shape", 200)
    references = _references(reply.get("sources"))
    return AgentReply(answer, references, {name: value for name, value in fields.items() if name != "sources"})


def _answer(value: object) -> str:
    if not isinstance(value, str):
        raise AgentFailure("bad_shape", 200)
    text = clean(visible(value[:_ROUGH_CUT])[:_CUT])[:MAX_ANSWER]
    if is_blank(text):
        raise AgentFailure("bad_shape", 200)
    return text


def _fields(reply: Mapping[str, object], names: list[str]) -> dict[str, object]:
    left = MAX_FIELDS
    fields: dict[str, object] = {}
    for name in names:
        if name in reply:
            left -= len(json.dumps(reply[name], ensure_ascii=False))
            if left >= 0:
                fields[name] = clean_value(reply[name])
    return fields


def _references(value: object) -> tuple[Reference, ...]:
    """The first ten sound sources, of 4 KiB together; those that are not sound are left out."""
    if not isinstance(value, list):
        return ()
    found = (_reference(item) for item in value[: 4 * MAX_REFERENCES])
    sound = [reference for reference in found if reference is not None][:MAX_REFERENCES]
    sizes = accumulate(len(reference.title.encode()) + len(reference.url) for reference in sound)
    return tuple(reference for reference, size in zip(sound, sizes, strict=True) if size <= MAX_REFERENCES_BYTES)


def _reference(value: object) -> Reference | None:
    if not isinstance(value, dict):
        return None
    title, url = value.get("title", ""), value.get("url", "")
    if not isinstance(title, str) or not isinstance(url, str) or len(url) > _MAX_LINK:
        return None
    link = HTTPS_URL.fullmatch(url)
    if url and (link is None or clean(url) != url):
        return None
    shown = clean(" ".join(visible(title[: 4 * MAX_TITLE]).split())).strip()[:MAX_TITLE]
    shown = shown or (link["host"] if link else "")
    return Reference(shown, url) if not is_blank(shown) else None


def _fits(structure_json: str, instance: dict[str, object]) -> bool:
    validator = _validator(structure_json)
    try:
        return validator is None or validator.is_valid(instance)
    except ValueError:
        return False


@lru_cache(maxsize=256)
def _validator(structure_json: str) -> jsonschema_rs.Validator | None:
    """The compiled schema; None for one that does not compile, which is no agent's fault.

    Nothing is fetched for a `$ref`, and patterns run in linear time whatever an agent sends against them.
    """
    try:
        return jsonschema_rs.validator_for(structure_json, offline=True, pattern_options=jsonschema_rs.RegexOptions())
    except (ValueError, jsonschema_rs.ReferencingError):
        return None
