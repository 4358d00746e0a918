"""What a function is made of, from its lock, as CycloneDX 1.6: the same bytes from the same lock."""

import json
import re
import tomllib
import uuid
from collections.abc import Iterator
from pathlib import Path

from cyclonedx.model import Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

_PIN = re.compile(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)(?: ; ([^\\\n]+))?", re.MULTILINE)
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:oqtopus:bill-of-materials")


def bill_of_materials(function: str, lock: Path) -> str:
    """CycloneDX as JSON; its serial number is made from its content, and it says no time."""
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    name, version = f"{project['name']}-{function}", project["version"]
    bom = Bom(serial_number=uuid.uuid5(_NAMESPACE, f"{name} {version}\n{lock.read_text(encoding='utf-8')}"))
    root = Component(name=name, version=version, type=ComponentType.APPLICATION, bom_ref=name)
    bom.metadata.component = root
    components = list(_components(lock))
    bom.components.update(components)
    bom.register_dependency(root, components)
    document = json.loads(JsonV1Dot6(bom).output_as_string())
    del document["metadata"]["timestamp"]
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def _components(lock: Path) -> Iterator[Component]:
    """A lock is for all platforms; a package that only some need carries the condition."""
    for name, version, condition in _PIN.findall(lock.read_text(encoding="utf-8")):
        url = PackageURL(type="pypi", name=name, version=version)
        properties = [Property(name="oqtopus:condition", value=condition.strip())] if condition else []
        yield Component(name=name, version=version, purl=url, bom_ref=str(url), properties=properties)
