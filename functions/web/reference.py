"""The reference of the API, made from its contract: each operation, schema and error, with an anchor for each."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from yaml import CSafeLoader

from functions.web.contract_schemas import in_line, prose, schema_html, type_html
from functions.web.tables import named, row, table
from functions.web.templates import escape

Contract = Mapping[str, Any]  # Any: OpenAPI.

_METHODS: Final = ("get", "post", "put", "patch", "delete")


def reference(file: Path) -> str:
    """The reference as the inside of a page."""
    # libyaml's parser, which PyYAML's wheels bring, is ten times as fast as the one in Python.
    return Reference(yaml.load(file.read_text(encoding="utf-8"), Loader=CSafeLoader)).html()


class Reference:
    """One contract, which every reference (`$ref`) in it is followed by."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def html(self) -> str:
        sections = "".join(self._section(tag) for tag in self._contract["tags"])
        schemas = "".join(_schema(name, schema) for name, schema in self._contract["components"]["schemas"].items())
        schemes = "".join(_scheme(*scheme) for scheme in self._contract["components"]["securitySchemes"].items())
        return (
            f'{self._contents()}<div class="reference"><section aria-labelledby="general"><h2 id="general">General</h2>'
            f"{prose(self._contract['info']['description'])}<dl>{schemes}</dl></section>{sections}"
            f'<section aria-labelledby="schemas"><h2 id="schemas">Schemas</h2>{schemas}</section></div>'
        )

    def _contents(self) -> str:
        groups = "".join(
            f'<li><a href="#tag-{tag["name"]}">{_title(tag)}</a><ul>{"".join(self._links(tag))}</ul></li>'
            for tag in self._contract["tags"]
        )
        return (
            '<nav class="contents" aria-label="Contents"><ul><li><a href="#general">General</a></li>'
            f'{groups}<li><a href="#schemas">Schemas</a></li></ul></nav>'
        )

    def _links(self, tag: Contract) -> Iterator[str]:
        for path, method, operation in self._operations(tag):
            yield (
                f'<li><a href="#{operation["operationId"]}"><span class="method">{method.upper()}</span> '
                f"{_breakable(path)}</a></li>"
            )

    def _operations(self, tag: Contract) -> Iterator[tuple[str, str, Contract]]:
        for path, item in self._contract["paths"].items():
            for method in _METHODS:
                if method in item and tag["name"] in item[method]["tags"]:
                    yield path, method, {**item[method], "shared": item.get("parameters", [])}

    def _section(self, tag: Contract) -> str:
        name = tag["name"]
        operations = "".join(self._operation(*operation) for operation in self._operations(tag))
        return (
            f'<section aria-labelledby="tag-{name}"><h2 id="tag-{name}">{_title(tag)}</h2>'
            f"<p>{in_line(tag['description'])}</p>{operations}</section>"
        )

    def _operation(self, path: str, method: str, operation: Contract) -> str:
        name = operation["operationId"]
        parts = [
            f'<article class="operation" aria-labelledby="{name}"><h3 id="{name}"><a href="#{name}">'
            f'<span class="method {method}">{method.upper()}</span> <code>{_breakable(path)}</code></a></h3>',
            f"<p><strong>{in_line(operation['summary'])}.</strong></p>",
            prose(operation.get("description", "")),
            f"<p>{self._credentials(operation)}</p>",
            self._parameters([*operation["shared"], *operation.get("parameters", [])]),
            self._body(operation.get("requestBody")),
            self._responses(operation["responses"]),
            "</article>",
        ]
        return "".join(parts)

    def _credentials(self, operation: Contract) -> str:
        asked = operation.get("security", self._contract["security"])
        names = [name for entry in asked for name in entry]
        if not names:
            return "Needs no credential."
        listed = " or ".join(f'<a href="#credential-{name}">{name}</a>' for name in names)
        return f"Takes {listed}, or nothing, as a guest." if {} in asked else f"Needs {listed}."

    def _parameters(self, parameters: list[Contract]) -> str:
        if not parameters:
            return ""
        rows = (self._parameter(self._followed(parameter)) for parameter in parameters)
        return "<h4>Parameters</h4>" + table(("Name", "In", "Type", "Meaning"), rows)

    def _parameter(self, parameter: Contract) -> str:
        return row(
            named(escape(parameter["name"]), is_required=parameter.get("required", False)),
            parameter["in"],
            type_html(parameter["schema"]),
            in_line(parameter.get("description", "").replace("\n", " ")),
        )

    def _body(self, body: Contract | None) -> str:
        if body is None:
            return ""
        media = self._followed(body)["content"]["application/json"]
        example = json.dumps(media["example"], indent=2, ensure_ascii=False) if "example" in media else ""
        shown = f"<pre><code>{escape(example)}</code></pre>" if example else ""
        return f"<h4>Body</h4><p>{type_html(media['schema'])}, as <code>application/json</code>.</p>{shown}"

    def _responses(self, responses: Contract) -> str:
        rows = (self._response(status, self._followed(response)) for status, response in responses.items())
        return "<h4>Replies</h4>" + table(("Status", "Meaning", "Body"), rows)

    def _response(self, status: str, response: Contract) -> str:
        bodies = "<br>".join(
            f"{self._content(media['schema'])} <small>{media_type}</small>"
            for media_type, media in response.get("content", {}).items()
        )
        headers = "".join(
            f"<li><code>{escape(name)}</code>: {in_line(self._followed(header).get('description', ''))}</li>"
            for name, header in response.get("headers", {}).items()
        )
        listed = f'<ul class="headers">{headers}</ul>' if headers else ""
        return row(status, in_line(response["description"]) + listed, bodies or "none")

    def _content(self, schema: Contract) -> str:
        """A schema with a name is told of elsewhere, an object without one here."""
        return schema_html(schema) if "properties" in schema else type_html(schema) + _remark(schema)

    def _followed(self, node: Contract) -> Contract:
        """The node that a reference names, or the node itself."""
        while "$ref" in node:
            target = self._contract
            for name in node["$ref"].removeprefix("#/").split("/"):
                target = target[name]
            node = target
        return node


def _title(tag: Contract) -> str:
    return escape(tag["name"].capitalize())


def _schema(name: str, schema: Contract) -> str:
    heading = f'<h3 id="schema-{name}"><a href="#schema-{name}">{name}</a></h3>'
    description = prose(schema.get("description", "")) if "properties" in schema else ""
    return f'<article class="schema">{heading}{description}{schema_html(schema)}</article>'


def _scheme(name: str, scheme: Contract) -> str:
    return f'<dt id="credential-{name}">{name}</dt><dd>{prose(scheme["description"])}</dd>'


def _remark(schema: Contract) -> str:
    return f": {in_line(schema['description'])}" if "description" in schema else ""


def _breakable(path: str) -> str:
    """A path that may go on in the next line behind each slash."""
    return escape(path).replace("/", "/<wbr>")
