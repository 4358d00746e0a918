"""Every page holds what the policy, search engines and people need."""

import re
import struct
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from functions.web.pages import NAVIGATION, PAGES, Page
from functions.web.service import Site
from tests.functions.web.conftest import ORIGIN, attributes

SITE = Path("functions/web/site")
FIRST_LOAD_BYTES = 100_000
VOID = {"br", "hr", "img", "input", "link", "meta", "wbr"}

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.file)


def html_of(site: Site, page: Page) -> str:
    document = site.page(page.segments)
    assert document
    return document.content.decode()


class Nesting(HTMLParser):
    """Notes what is opened and not closed, and identifiers that stand twice."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"{tag} at {self.getpos()}")


@every_page
def test_a_page_is_well_formed_and_its_identifiers_are_its_own(site: Site, page: Page) -> None:
    nesting = Nesting()
    nesting.feed(html_of(site, page))

    assert (nesting.faults, nesting.open) == ([], [])
    assert sorted(set(nesting.ids)) == sorted(nesting.ids)


@every_page
def test_w1_a_page_has_no_script_style_or_handler_of_its_own(site: Site, page: Page) -> None:
    html = html_of(site, page)

    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<base|<iframe|<object|<embed", html)
    assert all(re.match(r'<script (type="module" )?src="/assets/', tag) for tag in re.findall(r"<script[^>]*>", html))


@every_page
def test_a_page_loads_from_nowhere_else(site: Site, page: Page) -> None:
    html = html_of(site, page)

    loaded = attributes(html, "src") + re.findall(r'<link rel="(?!canonical)[^"]*" href="([^"]*)"', html)
    assert all(path.startswith(f"/assets/{site.assets.version}/") for path in loaded)
    assert all(path.rpartition("/")[2] in site.assets.files for path in loaded)


@every_page
def test_a_page_and_all_that_it_loads_at_first_are_small(site: Site, page: Page) -> None:
    html = html_of(site, page)
    paths = attributes(html, "src") + re.findall(r'<link rel="(?:stylesheet|modulepreload|icon)" href="([^"]*)"', html)
    # An answer needs these; the page that asks loads them while the question is typed.
    late = ["markdown.js", "marked.esm.js", "purify.min.js"] if page.file == "ask" else []

    documents = [site.page(page.segments)]
    documents += [
        site.asset(site.assets.version, name) for name in {path.rpartition("/")[2] for path in paths} | {*late}
    ]

    sizes = [len(document.gzipped or document.content) for document in documents if document]
    assert len(sizes) == len(documents)
    assert sum(sizes) <= FIRST_LOAD_BYTES


@every_page
def test_links_within_the_site_lead_somewhere(site: Site, page: Page) -> None:
    others = {"/template.py", "/openapi.yaml"}

    for target in attributes(html_of(site, page), "href"):
        path, _, fragment = target.partition("#")
        if target.startswith(("/assets/", ORIGIN)) or path in others:
            continue
        found = site.page(tuple(path.strip("/").split("/")) if path else page.segments)
        assert found, target
        assert not fragment or f'id="{fragment}"' in found.content.decode(), target


@every_page
def test_a_page_says_what_it_is(site: Site, page: Page) -> None:
    html = html_of(site, page)

    assert html.count("<h1") >= 1
    assert html.startswith('<!doctype html>\n<html lang="en">')
    assert 30 <= len(page.description) <= 160
    assert html.count(' aria-current="page"') == any(page.path == path for path, _ in NAVIGATION)
    assert ('<link rel="canonical"' in html) == page.is_listed


def test_only_what_is_for_everyone_is_listed_for_search_engines(site: Site) -> None:
    sitemap, robots = site.sitemap().content.decode(), site.robots().content.decode()

    disallowed = re.findall(r"Disallow: (.*)", robots)
    for page in PAGES:
        assert (f"<loc>{ORIGIN}{page.path}</loc>" in sitemap) == page.is_listed
        assert not page.is_listed or not any(page.path.startswith(path) for path in disallowed)
    assert f"Sitemap: {ORIGIN}/sitemap.xml" in robots


async def test_the_card_for_other_sites_has_the_size_that_pages_promise(client: httpx.AsyncClient, site: Site) -> None:
    html = html_of(site, PAGES[0])
    (image,) = re.findall(r'property="og:image" content="([^"]*)"', html)

    card = await client.get(image.removeprefix(ORIGIN))

    assert image.startswith(f"{ORIGIN}/assets/")
    assert card.headers["Content-Type"] == "image/png"
    assert struct.unpack(">II", card.content[16:24]) == (1200, 630)
    assert len(card.content) < FIRST_LOAD_BYTES


def test_scripts_import_each_other_and_nothing_else(site: Site) -> None:
    own = [name for name in site.assets.files if name.endswith(".js") and (SITE / "js" / name).exists()]

    for name in own:
        script = site.assets.files[name].decode()
        for imported in re.findall(r'(?:from|import|import\()\s*"([^"]+)"', script):
            assert imported.removeprefix("./") in site.assets.files, f"{name}: {imported}"
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", script), (
            name
        )


def test_every_page_has_its_template_and_every_template_its_page() -> None:
    assert {f"{page.file}.html" for page in PAGES} == {file.name for file in (SITE / "pages").iterdir()}


def test_the_agent_that_pages_show_is_the_template_that_is_tested(site: Site) -> None:
    source = Path("infra/demo/template.py").read_text(encoding="utf-8")

    shown = site.agent_template().content.decode()

    compile(shown, "template.py", "exec")
    assert "type: ignore" not in shown
    assert [line.partition("  # type: ignore")[0] for line in source.splitlines()] == shown.splitlines()
    for path in (("developers",), ("agents", "abc")):
        page = site.page(path)
        assert page
        assert "@auth.require_auth\n" in page.content.decode()
