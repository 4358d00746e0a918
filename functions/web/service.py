"""The site: every document that it has, by path, made when it is first asked for and then kept."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Final

from functions.web.agent_template import shown
from functions.web.assets import MEDIA_TYPES, STYLE_SHEET, Assets
from functions.web.documents import Document, document
from functions.web.pages import ANY_AGENT, BY_SEGMENTS, NAVIGATION, PAGES, Page, Segments
from functions.web.reference import reference
from functions.web.templates import Places, escape, filled

HTML: Final = "text/html; charset=utf-8"
XML: Final = "application/xml"
YAML: Final = "application/yaml"

_PRIVATE: Final = ("/account", "/agents", "/reset", "/tokens", "/verify", "/v1/")
_SITEMAP: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"


class Site:
    """`public_url` is the origin that absolute links begin with, whatever host a request names (W3)."""

    def __init__(self, public_url: str, folder: Path, contract: Path, template: Path) -> None:
        self._public_url = public_url
        self._folder = folder
        self._contract = contract
        self._template = template
        self._kept: dict[tuple[str, ...], Document] = {}

    @cached_property
    def assets(self) -> Assets:
        return Assets(self._folder)

    def page(self, segments: Segments) -> Document | None:
        """The page at a path, or None; all agents share one, whose script asks for the agent."""
        page = BY_SEGMENTS.get(segments)
        if page is None and len(segments) == 2 and segments[0] == ANY_AGENT.segments[0]:
            page = ANY_AGENT
        if page is None:
            return None
        found = page
        return self._once(("page", page.file), lambda: document(self._html(found).encode(), HTML))

    def asset(self, version: str, name: str) -> Document | None:
        """A file that pages load; the page of another release gets this one's, which it must not keep."""
        if name not in self.assets.files:
            return None
        is_current = version == self.assets.version
        media_type = MEDIA_TYPES[Path(name).suffix]
        return self._once(
            ("asset", name, str(is_current)),
            lambda: document(self.assets.files[name], media_type, is_fixed=is_current),
        )

    def robots(self) -> Document:
        """What is somebody's own is nothing to search in, and neither is the API."""
        lines = [
            "User-agent: *",
            *(f"Disallow: {path}" for path in _PRIVATE),
            "",
            f"Sitemap: {self._url('/sitemap.xml')}",
        ]
        return self._once(("robots",), lambda: document("\n".join([*lines, ""]).encode(), MEDIA_TYPES[".txt"]))

    def sitemap(self) -> Document:
        places = "".join(f"<url><loc>{escape(self._url(page.path))}</loc></url>" for page in PAGES if page.is_listed)
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{_SITEMAP}">{places}</urlset>\n'
        return self._once(("sitemap",), lambda: document(text.encode(), XML))

    def contract(self) -> Document:
        return self._once(("contract",), lambda: document(self._contract.read_bytes(), YAML))

    def agent_template(self) -> Document:
        """The agent to copy, as a file."""
        return self._once(("template",), lambda: document(self._shown_template().encode(), MEDIA_TYPES[".py"]))

    def _once(self, key: tuple[str, ...], make: Callable[[], Document]) -> Document:
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def _html(self, page: Page) -> str:
        assets = self.assets
        own: Places = {
            "assets": lambda: f"/assets/{assets.version}",
            "origin": lambda: escape(self._public_url),
            "agent_template": lambda: escape(self._shown_template()),
            "reference": lambda: reference(self._contract),
        }
        main = filled((self._folder / "pages" / f"{page.file}.html").read_text(encoding="utf-8"), own)
        around: Places = {
            **own,
            "main": lambda: main,
            "title": lambda: escape(_title(page)),
            "description": lambda: escape(page.description),
            "url": lambda: escape(self._url(page.path)) if page.is_listed else "",
            "canonical": lambda: self._canonical(page),
            "image": lambda: escape(self._url(assets.path("card.png"))),
            "style_sheet": lambda: assets.path(STYLE_SHEET),
            "scripts": lambda: self._scripts(page),
            "navigation": lambda: _navigation(page),
        }
        return filled((self._folder / "shell.html").read_text(encoding="utf-8"), around)

    def _canonical(self, page: Page) -> str:
        if not page.is_listed:
            return ""
        url = escape(self._url(page.path))
        return f'<link rel="canonical" href="{url}">\n<meta property="og:url" content="{url}">\n'

    def _scripts(self, page: Page) -> str:
        """The page's script, and all that it imports, so that a browser asks for them at the same time."""
        script = f"{page.script}.js"
        preloads = [
            f'<link rel="modulepreload" href="{self.assets.path(name)}">' for name in self.assets.imported_by(script)
        ]
        return "\n".join([*preloads, f'<script type="module" src="{self.assets.path(script)}"></script>'])

    def _shown_template(self) -> str:
        return shown(self._template.read_text(encoding="utf-8"))

    def _url(self, path: str) -> str:
        return self._public_url + path


def _title(page: Page) -> str:
    return page.title if page.path == "/" else f"{page.title} · oqtopus"


def _navigation(page: Page) -> str:
    """The links of the head, of which the current page's says so."""

    def link(path: str, label: str) -> str:
        current = ' aria-current="page"' if path == page.path else ""
        return f'<a href="{path}"{current}>{label}</a>'

    return "\n".join(f"<li>{link(path, label)}</li>" for path, label in NAVIGATION)
