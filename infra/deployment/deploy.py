"""`make plan`, `make deploy` and `make destroy`: plan, show, confirm, apply."""

import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

from infra.deployment.programs import (
    Failed,
    Place,
    gcloud,
    gcloud_lines,
    is_there,
    main_of,
    terraform,
    terraform_json,
    variables,
)

PLAN: Final = "oqtopus.tfplan"
GATEWAY: Final = "module.gateway.google_api_gateway_gateway.gateway"
CONFIG: Final = "module.gateway.google_api_gateway_api_config.config"


def plan(place: Place) -> None:
    """Say what a deployment would change."""
    _begin(place)
    terraform("plan", "-input=false", *variables(place))


def deploy(place: Place) -> None:
    """Bring everything to what the tree says; the second time there is nothing to do."""
    _begin(place)
    if os.environ.get("STREAMING") != "0":
        _make_streaming_gateway(place)
    _apply(place)
    url = terraform_json("output", "-json", "url")
    if missing := _without_value(place):
        _tell_how_to_fill(place, missing)
        raise Failed(f"secrets have no value yet: {', '.join(missing)}.")
    print(f"Deployed. Try it: make smoke URL={url}")


def destroy(place: Place) -> None:
    """Take everything away but the state's bucket and the key; the data goes with its database."""
    _begin(place)
    typed = input(f"Accounts, agents and their keys will be gone. Type {place.project} to go on: ")
    if typed != place.project:
        raise Failed("nothing was changed.")
    # Protection is lifted by a change of its own: what is protected refuses to be destroyed.
    _apply(place, "-var=deletion_protection=false")
    _apply(place, "-var=deletion_protection=false", "-destroy")


def _begin(place: Place) -> None:
    terraform("init", "-input=false", "-reconfigure", f"-backend-config=bucket={place.state_bucket}")


def _apply(place: Place, *options: str) -> None:
    """Apply exactly what was shown."""
    terraform("plan", "-input=false", f"-out={PLAN}", *variables(place), *options)
    if os.environ.get("YES") != "1" and input("Do this? Type yes to go on: ") != "yes":
        raise Failed("nothing was changed.")
    terraform("apply", "-input=false", PLAN)


def _make_streaming_gateway(place: Place) -> None:
    """Make the gateway by gcloud, once: Terraform's provider cannot switch streaming on, and only its making can."""
    state = terraform_json("show", "-json")
    if GATEWAY in _addresses(state):
        return
    print("The gateway is made first, with streaming switched on; that needs its config.")
    _apply(place, f"-target={CONFIG}")
    config = _addresses(terraform_json("show", "-json"))[CONFIG]["api_config_id"]
    where = ("oqtopus", f"--location={place.region}")
    if not is_there(place, "api-gateway", "gateways", "describe", *where):
        made_of = ("--api=oqtopus", f"--api-config={config}", "--enable-streaming")
        gcloud(place, "api-gateway", "gateways", "create", *where, *made_of)
    gateway_id = f"projects/{place.project}/locations/{place.region}/gateways/oqtopus"
    terraform("import", "-input=false", *variables(place), GATEWAY, gateway_id)


def _addresses(state: Mapping[str, Any]) -> dict[str, Any]:  # Any: Terraform's JSON.
    """The values of every resource in the state, by its address."""
    return dict(_resources(state.get("values", {}).get("root_module", {})))


def _resources(module: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:  # Any: as above.
    for resource in module.get("resources", []):
        yield resource["address"], resource["values"]
    for child in module.get("child_modules", []):
        yield from _resources(child)


def _without_value(place: Place) -> list[str]:
    enabled = ("--filter=state:ENABLED", "--limit=1", "--format=value(name)")
    secrets = terraform_json("output", "-json", "secrets")
    return [name for name in secrets if not gcloud_lines(place, "secrets", "versions", "list", name, *enabled)]


def _tell_how_to_fill(place: Place, missing: list[str]) -> None:
    print("These secrets have no value; functions that need one say so in their logs and answer 500:", file=sys.stderr)
    for name in missing:
        source = "openssl rand -hex 32" if name == "SECRET_KEY" else f"printf %s THE-{name.replace('_', '-')}"
        command = f"gcloud secrets versions add {name} --data-file=- --project {place.project}"
        print(f"  {source} | {command}", file=sys.stderr)


def main() -> int:
    work = {"plan": plan, "deploy": deploy, "destroy": destroy}
    return main_of(work[sys.argv[1]])


if __name__ == "__main__":
    sys.exit(main())
