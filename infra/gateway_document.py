"""`build/gateway.yaml`: the API gateway's OpenAPI document, which the local gateway obeys as well.

The manifest says which function has which route, the contract what an operation is. Addresses of functions are left to
Terraform (`templatefile`), which knows them. Nothing is allowed to other origins: no operation answers a preflight.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from infra.manifest import Function, Manifest, Route, load_manifest, path_of
from oqtopus.errors import ConfigurationError

Document = Mapping[str, Any]  # Any: OpenAPI.

CONTRACT: Final = Path(__file__).with_name("openapi.yaml")
BUILD: Final = Path("build/gateway.yaml")
METHODS: Final = ("get", "post", "put", "patch", "delete")

# The gateway's own limits, in seconds: it cuts a backend off after 15 unless told otherwise.
LONGEST_REPLY: Final = 600
LONGEST_STREAM: Final = 3_600

# What is in no contract is a page, or what pages load.
_PAGES: Final = {"name": "pages", "description": "Pages for people, and what they load"}
_PARAMETER = re.compile(r"\{([a-z_]+)\}")


def load_contract(path: Path = CONTRACT) -> Document:
    document: Document = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def gateway_document(manifest: Manifest, contract: Document) -> Document:
    """The document; `ConfigurationError` names what the gateway could not do."""
    backends: dict[str, Document] = {}
    paths: dict[str, dict[str, Document]] = {}
    for function in manifest.functions:
        for route in function.routes:
            name, backend = _backend(function, route)
            backends[name] = backend
            for method in route.methods:
                operation = _operation(contract, route, method.lower())
                paths.setdefault(path_of(route.segments), {})[method.lower()] = {**operation, "x-google-backend": name}
    info = contract["info"]
    return {
        "openapi": "3.0.4",
        "info": {"title": info["title"], "version": info["version"], "description": info["summary"]},
        "tags": [*contract["tags"], _PAGES],
        "x-google-api-management": {"backends": backends},
        "paths": paths,
    }


def differences(manifest: Manifest, contract: Document) -> Iterator[str]:
    """The operations that only one of the two knows."""
    described = {(path, method) for path, item in contract["paths"].items() for method in item if method in METHODS}
    routed = {
        (path_of(route.segments), method.lower())
        for function in manifest.functions
        for route in function.routes
        if function.is_in_contract and route.alias_of is None
        for method in route.methods
    }
    for path, method in sorted(described - routed):
        yield f"{method.upper()} {path} is in the contract and has no function"
    for path, method in sorted(routed - described):
        yield f"{method.upper()} {path} has a function and is not in the contract"


def _backend(function: Function, route: Route) -> tuple[str, Document]:
    """What the gateway calls for a route, and its name: a function as it is, or one path of it for an alias."""
    longest = LONGEST_STREAM if function.streams else LONGEST_REPLY
    if function.timeout_seconds > longest:
        raise ConfigurationError(f"{function.name}: the gateway waits {longest} seconds at most.")
    address = f"${{urls.{function.name}}}"
    shared = {"jwtAudience": address, "deadline": float(function.timeout_seconds), "protocol": "http/1.1"}
    if route.alias_of is None:
        return function.name, {"address": address, "pathTranslation": "APPEND_PATH_TO_ADDRESS", **shared}
    # A constant address takes no parameters along but as a query, and has no query of its own.
    if "?" in route.alias_of or "{" in route.alias_of + path_of(route.segments):
        raise ConfigurationError(f"{path_of(route.segments)}: an alias has neither parameters nor a query.")
    return _named(function.name, *route.segments), {
        "address": address + route.alias_of,
        "pathTranslation": "CONSTANT_ADDRESS",
        **shared,
    }


def _operation(contract: Document, route: Route, method: str) -> dict[str, Any]:  # Any: OpenAPI.
    """What the gateway has to know of an operation; bodies and credentials are the function's affair."""
    own_path = path_of(route.segments)
    item = contract["paths"].get(route.alias_of or own_path, {})
    described = item.get(method, {})
    operation_id = described.get("operationId") or _named(method, *route.segments)
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(own_path)
    ]
    return {
        "operationId": operation_id if route.alias_of is None else _named(operation_id, *route.segments),
        "summary": described.get("summary", own_path),
        "description": described.get("description", described.get("summary", own_path)),
        "tags": described.get("tags", [_PAGES["name"]]),
        "security": [],
        **({"parameters": parameters} if parameters else {}),
        "responses": dict(_responses(contract, described.get("responses", {"200": {"description": "Done"}}))),
    }


def _named(*words: str) -> str:
    return "_".join(re.sub("[^A-Za-z0-9]", "_", word) for word in words)


def _responses(contract: Document, responses: Document) -> Iterator[tuple[str, Document]]:
    shared = contract.get("components", {}).get("responses", {})
    for status, response in responses.items():
        described = shared[response["$ref"].rpartition("/")[2]] if "$ref" in response else response
        yield str(status), {"description": described["description"]}


def template(document: Document) -> str:
    """The document as Terraform's template: nothing in it may look like an expression but the addresses."""
    text = yaml.safe_dump(document, sort_keys=False, width=120, allow_unicode=True)
    if re.search(r"%\{|\$\{(?!urls\.[a-z][a-z0-9-]*\})", text):
        raise ConfigurationError("A text of the contract looks like an expression of Terraform.")
    return text


def main() -> int:
    manifest, contract = load_manifest(), load_contract()
    if found := list(differences(manifest, contract)):
        print("\n".join(found), file=sys.stderr)
        return 1
    BUILD.parent.mkdir(parents=True, exist_ok=True)
    text = template(gateway_document(manifest, contract))
    BUILD.write_text(text, encoding="utf-8")
    print(f"{BUILD}  {len(text) / 1024:,.0f} KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
