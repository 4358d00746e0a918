"""A Python agent: answers from the documentation that CPython ships (see ``stdlib.py``)."""

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from flask import Flask

from infra.demo import stdlib
from infra.demo.guard import Reply, Source, guarded_app
from infra.demo.ranking import Index
from infra.demo.stdlib import Entry
from infra.demo.words import content_stems, stem, words

SHOWN = 3

# Below this share of the question's information, what was found is about something else.
_LEAST_COVERAGE = 0.55
_LEAST_OF_BEST = 0.6
_INDEXED_CHARACTERS = 700
_LONGEST_SIGNATURE = 160

# Words that every entry could carry, so that they say nothing of what is asked.
_QUESTION_WORDS = """
python python3 code program script function functions method module library standard builtin stdlib
example explain built way mean does work difference generate compute calculate two several
"""
_FRAMING = frozenset(stem(word) for word in _QUESTION_WORDS.split())

# What askers say, and what the documentation says; the asker's own word always counts more.
_SYNONYMS = {
    "catch": "try except",
    "combine": "join chain merge update",
    "command": "argparse argumentparser argv",
    "compress": "gzip zip archive",
    "concurrently": "gather",
    "convert": "cast parse",
    "count": "counter",
    "current": "now",
    "date": "datetime",
    "delete": "remove unlink rmtree rmdir",
    "dictionary": "dict",
    "email": "smtp smtplib message",
    "directory": "dir folder",
    "download": "urlopen urlretrieve",
    "environment": "environ getenv",
    "extract": "unpack extractall",
    "folder": "directory dir",
    "lowercase": "lower",
    "merge": "update chain",
    "parallel": "concurrent gather executor",
    "pool": "executor",
    "parse": "load loads deserialize decode reader",
    "pause": "sleep",
    "read": "load reader open",
    "regex": "re regular pattern",
    "remove": "delete unlink discard",
    "run": "execute call",
    "save": "dump write",
    "search": "find match",
    "str": "string",
    "string": "str",
    "uppercase": "upper",
    "wait": "sleep gather",
    "write": "dump writer",
}
_COMMON_MODULES = """
argparse asyncio builtins collections contextlib csv dataclasses datetime functools itertools json
logging math os pathlib random re shutil sqlite3 subprocess sys threading time
"""
_COMMON = frozenset(_COMMON_MODULES.split())
_NAME_IN_FULL = 3.0
_OWN_NAME = 0.35
_TOPIC = re.compile(r"\b(\w+) (?:statement|keyword|loop|block|expression|clause)s?\b")
_KIND_WEIGHTS = {"function": 1.15, "class": 1.05, "method": 0.9, "module": 0.85, "topic": 1.0}
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ROLE = re.compile(r":[a-z:]+:`~?([^`]+)`|[`*]{1,2}([^`*\n]+)[`*]{1,2}")
_RESULT = re.compile(r"^[\w.]+\([^)]*\)\s*->\s*[\w ,()]+?\.?\s+(?=[A-Z])")
_ARGUMENTS = re.compile(r"(?:\b(?:Keyword )?(?:Arguments|Args|Parameters|Returns):| '[a-z]+' -- )")
_CODE = re.compile(r"[\w.]+\(|[-*=|+]|\w+ = ")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'(])")
_NOTHING = Reply(
    "The documentation of Python's standard library has nothing on this question. "
    "I can be asked which Python function to call, what its arguments are and what it does."
)


def create_app(keys_dir: str | Path) -> Flask:
    return guarded_app("python_docs", keys_dir, Reference().answer)


class Reference:
    def __init__(self) -> None:
        self._entries = stdlib.entries()
        self._index = Index([_terms(entry) for entry in self._entries])

    def answer(self, query: str) -> Reply:
        best = [*self._topic(query), *self._ranked(query)][:SHOWN]
        if not best:
            return _NOTHING
        prose = " ".join(_described(entry, 4 if at == 0 else 2) for at, entry in enumerate(best))
        sources = tuple(Source(f"{entry.name} – Python documentation", entry.url) for entry in best)
        return Reply(prose, sources, {"names": [entry.name for entry in best]})

    def _topic(self, query: str) -> list[Entry]:
        """The statement that the question names, for its keyword is often a word that means nothing else."""
        if not (found := _TOPIC.search(query.lower())):
            return []
        return [entry for entry in self._entries if entry.kind == "topic" and entry.subject == found[1]]

    def _ranked(self, query: str) -> list[Entry]:
        asked = _asked(query)
        hits = [hit for hit in self._index.search(asked) if hit.coverage >= _LEAST_COVERAGE]
        scores = {hit.index: hit.score * (0.4 + hit.coverage) for hit in hits}
        for index in scores:
            scores[index] *= _weight(self._entries[index], asked, query)
        ranked = sorted(scores, key=lambda index: -scores[index])[:SHOWN]
        return [self._entries[at] for at in ranked if scores[at] >= _LEAST_OF_BEST * scores[ranked[0]]]


def _asked(query: str) -> dict[str, dict[str, float]]:
    """The stems of the question, each with its synonyms and their weights."""
    terms: dict[str, dict[str, float]] = {}
    for word in words(_CAMEL.sub(" ", query)):
        for plain in content_stems(word):
            if plain not in _FRAMING:
                synonyms = {stem(other): 0.6 for other in _BY_STEM.get(plain, ())}
                terms[plain] = synonyms | {plain: 1.0}
    return terms


def _terms(entry: Entry) -> Mapping[str, float]:
    """Terms of an entry, weighted by where they stand: its own name says more than its text."""
    weights: dict[str, float] = defaultdict(float)
    *owners, own = _CAMEL.sub(" ", entry.name).replace("_", " ").rsplit(".", 1)
    for text, weight in ((own, 3.0), (" ".join(owners), 1.5), (" ".join(entry.parameters), 0.7)):
        for term in content_stems(text):
            weights[term] += weight
    summary, _, rest = entry.doc[:_INDEXED_CHARACTERS].strip().partition("\n\n")
    for text, weight in ((summary, 1.0), (rest, 0.4)):
        for term in content_stems(text):
            weights[term] += weight
    return weights


def _weight(entry: Entry, asked: Mapping[str, Mapping[str, float]], query: str) -> float:
    """How much likelier this entry is meant than its words alone say."""
    module, _, rest = entry.name.partition(".")
    weight = _KIND_WEIGHTS[entry.kind]
    if entry.is_builtin:
        weight *= 1.3
    elif module in _COMMON:
        weight *= 1.15
    own = stem(entry.name.rpartition(".")[2].lower())
    weight *= 1 + _OWN_NAME * max((synonyms.get(own, 0.0) for synonyms in asked.values()), default=0.0)
    return weight * (_NAME_IN_FULL if rest and entry.name.lower() in query.lower() else 1.0)


def _described(entry: Entry, most_sentences: int) -> str:
    """The call and what it does, in sentences that name the function where the first one is quoted."""
    sentences = _sentences(entry.doc)[:most_sentences]
    signature = entry.signature if entry.kind in ("function", "method", "class") else ""
    call = f"{entry.name}{signature if len(signature) <= _LONGEST_SIGNATURE else '(…)'}"
    label = {"module": f"The module {entry.name}", "topic": f"The {entry.name}"}.get(entry.kind, call)
    if not sentences:
        return f"{label} is documented at {entry.url}."
    return f"{label}: {' '.join(sentences)}"


def _sentences(doc: str) -> list[str]:
    """The prose of a docstring: paragraphs of whole sentences, without examples and tables."""
    found: list[str] = []
    for paragraph in re.split(r"\n\s*\n", doc.strip()):
        text = _RESULT.sub("", " ".join(paragraph.split()))
        text = _ARGUMENTS.split(text)[0].strip()
        if ">>>" in text or "::=" in text or " -- " in text or _CODE.match(text):
            continue
        plain = _ROLE.sub(lambda match: match[1] or match[2], text)
        if plain[:1].isupper() or not found:
            found += [_closed(sentence) for sentence in _SENTENCE_END.split(plain) if _is_whole(sentence)]
    return found


def _is_whole(sentence: str) -> bool:
    return len(sentence) > 12 and not sentence.endswith(":")


def _closed(sentence: str) -> str:
    opened = sentence[0].upper() + sentence[1:]
    return opened if opened.endswith((".", "!", "?")) else f"{opened.rstrip(':;,')}."


_BY_STEM = {stem(word): tuple(others.split()) for word, others in _SYNONYMS.items()}
