"""The reference leaves nothing of the contract out, and keeps what stands in it from being HTML."""

import re
from pathlib import Path

import pytest
import yaml

from functions.web.contract_schemas import in_line, schema_html
from functions.web.reference import Reference, reference

CONTRACT = Path("infra/openapi.yaml")
DOCUMENT = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
HTML = reference(CONTRACT)
TEXT = re.sub(r"<[^>]+>", "", HTML)


def operation_html(name: str) -> str:
    return HTML.partition(f'aria-labelledby="{name}"')[2].partition("</article>")[0]


@pytest.mark.parametrize("path", DOCUMENT["paths"])
def test_every_operation_has_its_anchor_summary_and_replies(path: str) -> None:
    for method in DOCUMENT["paths"][path].keys() - {"parameters"}:
        operation = DOCUMENT["paths"][path][method]
        shown = operation_html(operation["operationId"])

        assert f">{method.upper()}</span> <code>{path.replace('/', '/<wbr>')}</code>" in shown
        assert in_line(operation["summary"]) in shown
        for status in operation["responses"]:
            assert f'<th scope="row">{status}</th>' in shown
        for parameter in operation.get("parameters", []):
            assert f"<code>{parameter['name']}</code>" in shown
        assert ("<h4>Body</h4>" in shown) == ("requestBody" in operation)


@pytest.mark.parametrize("name", DOCUMENT["components"]["schemas"])
def test_every_schema_has_its_anchor_and_members(name: str) -> None:
    shown = HTML.partition(f'<h3 id="schema-{name}">')[2].partition("</article>")[0]

    assert shown
    for member in DOCUMENT["components"]["schemas"][name].get("properties", {}):
        assert f"<code>{member}</code>" in shown


def test_every_link_of_the_reference_leads_to_a_place_in_it() -> None:
    for anchor in re.findall(r'href="#([^"]+)"', HTML):
        assert f'id="{anchor}"' in HTML, anchor


def test_every_event_of_a_stream_is_told() -> None:
    for event in ("quota", "category", "agent", "agents", "delta", "ping", "error", "final"):
        assert f"&quot;{event}&quot;" in HTML


def test_who_needs_a_credential_is_told() -> None:
    assert "as a guest" in operation_html("search")
    assert "Needs no credential." in operation_html("logIn")
    assert 'Needs <a href="#credential-bearer">' in operation_html("createToken")


def test_what_looks_like_html_in_the_contract_is_text() -> None:
    odd = {"type": "object", "properties": {"<b>": {"type": "string", "description": "<script>`<i>`</script>"}}}

    assert "<b>" not in schema_html(odd)
    assert "&lt;script&gt;<code>&lt;i&gt;</code>&lt;/script&gt;" in schema_html(odd)


def test_a_contract_without_anything_special_is_shown() -> None:
    smallest = {
        "info": {"description": "Small."},
        "security": [],
        "tags": [{"name": "things", "description": "All things"}],
        "paths": {
            "/things": {
                "get": {
                    "operationId": "things",
                    "tags": ["things"],
                    "summary": "Things",
                    "responses": {"204": {"description": "None"}},
                }
            }
        },
        "components": {"schemas": {}, "securitySchemes": {}},
    }

    assert "Needs no credential." in Reference(smallest).html()
