"""What this interpreter's standard library and language reference say about themselves.

The texts are the docstrings and ``pydoc_data.topics`` that CPython ships (PSF License Version 2).
"""

import inspect
import pydoc_data.topics
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

# Importing any of these has no side effect; `this`, `antigravity` and the like must stay out.
_MODULES = """
builtins abc argparse array asyncio base64 bisect calendar collections concurrent.futures configparser
contextlib copy csv dataclasses datetime decimal difflib enum fnmatch fractions functools getpass glob
gzip hashlib heapq hmac html http.client inspect io ipaddress itertools json logging logging.handlers
math mimetypes multiprocessing operator os os.path pathlib pickle platform pprint queue random re
secrets shelve shlex shutil signal smtplib socket sqlite3 statistics string struct subprocess sys
tarfile tempfile textwrap threading time timeit traceback types typing unicodedata unittest
unittest.mock urllib.error urllib.parse urllib.request uuid venv warnings weakref xml.etree.ElementTree
zipfile zlib zoneinfo
"""
_ASYNCIO_PAGES = {
    "base_events": "eventloop",
    "events": "eventloop",
    "futures": "future",
    "locks": "sync",
    "queues": "queue",
    "runners": "runner",
    "streams": "stream",
    "subprocess": "subprocess",
    "taskgroups": "task",
    "tasks": "task",
    "threads": "task",
    "timeouts": "task",
}
_STDTYPES = "bytearray bytes dict frozenset list memoryview range set str tuple"
_TOPIC_PAGES = {
    "reference/compound_stmts": "if while for try with match function class async",
    "reference/simple_stmts": "assert break continue del global import nonlocal pass raise return yield",
    "reference/expressions": "lambda slicings operator-summary",
    "reference/datamodel": "context-managers",
    "library/string": "formatstrings",
    "library/stdtypes": "typesseq typesmapping",
}
# A default such as <object object at 0x7f…> tells a reader nothing.
_OPAQUE_DEFAULT = re.compile(r"=<[^>]*>")
_DOCS = "https://docs.python.org/3"


@dataclass(frozen=True, slots=True)
class Entry:
    """One documented thing; ``subject`` is the object itself, or None for a part of the language."""

    name: str
    kind: str
    doc: str
    url: str
    subject: object = None

    @property
    def is_builtin(self) -> bool:
        return "/stdtypes.html#" in self.url or "/functions.html#" in self.url

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the arguments as far as they are known without the cost of a full signature."""
        code = getattr(self.subject, "__code__", None)
        if code is not None:
            return tuple(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
        return (getattr(self.subject, "__text_signature__", None) or "",)

    @property
    def signature(self) -> str:
        """Empty where C code does not tell it."""
        if not callable(self.subject):
            return ""
        try:
            signature = inspect.signature(self.subject)
        except (ValueError, TypeError):
            return ""
        named = list(signature.parameters.values())
        if self.kind == "method" and named and named[0].name in ("self", "cls", "type"):
            del named[0]
        bare = [one.replace(annotation=inspect.Parameter.empty) for one in named]
        plain = signature.replace(parameters=bare, return_annotation=inspect.Signature.empty)
        return _OPAQUE_DEFAULT.sub("=…", str(plain))


def entries() -> list[Entry]:
    """Everything public that has a docstring, each object once, under the first name that it has."""
    found: dict[int, Entry] = {}
    for module_name in _MODULES.split():
        module = import_module(module_name)
        for entry in _module_entries(module, module_name):
            found.setdefault(id(entry.subject), entry)
    return [*found.values(), *_topics()]


def _module_entries(module: ModuleType, module_name: str) -> Iterator[Entry]:
    if doc := module.__doc__:
        yield Entry(module_name, "module", doc, f"{_DOCS}/library/{_page(module_name)}.html", module)
    for name in getattr(module, "__all__", None) or vars(module):
        value = getattr(module, name, None)
        if name.startswith("_") or not callable(value) or not _belongs(value, module_name):
            continue
        full_name = name if module_name == "builtins" else f"{module_name}.{name}"
        page = _page_of(module_name, value)
        if isinstance(value.__doc__, str):
            kind = "class" if isinstance(value, type) else "function"
            yield Entry(full_name, kind, value.__doc__, f"{_DOCS}/library/{page}.html#{full_name}", value)
        if isinstance(value, type) and not issubclass(value, BaseException):
            yield from _methods(value, full_name, "stdtypes" if page == "functions" else page)


def _methods(owner: type, owner_name: str, page: str) -> Iterator[Entry]:
    for name, attribute in vars(owner).items():
        value = attribute.__func__ if isinstance(attribute, (classmethod, staticmethod)) else attribute
        doc = getattr(value, "__doc__", None)
        if not name.startswith("_") and callable(value) and isinstance(doc, str):
            full_name = f"{owner_name}.{name}"
            yield Entry(full_name, "method", doc, f"{_DOCS}/library/{page}.html#{full_name}", value)


def _belongs(value: Callable[..., object], module_name: str) -> bool:
    """Whether the object comes from this module, or from the private or C half of it."""
    home = str(getattr(value, "__module__", "") or module_name)
    root = module_name.partition(".")[0]
    if root == "builtins":
        return True
    return home.lstrip("_").partition(".")[0] == root or home in ("posix", "posixpath", "genericpath", "_io")


def _page_of(module_name: str, value: object) -> str:
    if module_name == "builtins" and isinstance(value, type):
        if issubclass(value, BaseException):
            return "exceptions"
        return "stdtypes" if value.__name__ in _STDTYPES.split() else "functions"
    if module_name == "asyncio":
        part = str(getattr(value, "__module__", "")).rpartition(".")[2]
        return f"asyncio-{_ASYNCIO_PAGES[part]}" if part in _ASYNCIO_PAGES else "asyncio"
    return _page(module_name)


def _page(module_name: str) -> str:
    return "functions" if module_name == "builtins" else module_name.lower()


def _topics() -> Iterator[Entry]:
    for page, topics in _TOPIC_PAGES.items():
        for topic in topics.split():
            _title, _, text = pydoc_data.topics.topics.get(topic, "").partition("\n\n")
            statement = "statement" if page.endswith("stmts") else "syntax"
            if text:
                yield Entry(f"{topic} {statement}", "topic", text, f"{_DOCS}/{page}.html#{topic}", topic)
