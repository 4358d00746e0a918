"""Entry point of the web function: pages, what they load, and what is for search engines."""

from functools import cache
from pathlib import Path

import functions_framework.aio
from starlette.responses import Response

from functions.web.documents import Document
from functions.web.replies import reply
from functions.web.service import Site
from oqtopus.bootstrap import site_settings
from oqtopus.errors import MethodNotAllowed, NotFound
from oqtopus.wire.endpoint import endpoint
from oqtopus.wire.requests import Request

_ROOT = Path(__file__).parents[2]


@functions_framework.aio.http
@endpoint
async def web(request: Request) -> Response:
    site = site_at(site_settings().public_url)
    match request.route[1:]:
        case ("assets", version, name):
            return _read(request, site.asset(version, name))
        case ("robots",):
            return _read(request, site.robots())
        case ("sitemap.xml",):
            return _read(request, site.sitemap())
        case ("openapi.yaml",):
            return _read(request, site.contract())
        case ("template.py",):
            return _read(request, site.agent_template())
        case segments if page := site.page(segments):
            return _read(request, page)
        case _:
            raise NotFound


def _read(request: Request, document: Document | None) -> Response:
    if not request.is_reading:
        raise MethodNotAllowed(["GET", "HEAD"])
    if document is None:
        raise NotFound
    return reply(request, document)


@cache
def site_at(public_url: str) -> Site:
    """The site, whose files lie in the package where they lie in the tree."""
    folder = Path(__file__).with_name("site")
    return Site(public_url, folder, _ROOT / "infra/openapi.yaml", _ROOT / "infra/demo/template.py")
