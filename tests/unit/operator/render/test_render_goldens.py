"""Whole renderings, held against files that a person has read. --renew-goldens renews them.

What is rendered: every ModelServer under examples/, every manifest of Intel's operator, and the
cases beside the goldens. Each golden opens with the remarks that `render` prints.
"""

from collections.abc import Callable
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from modelserver_operator.manifests.documents import as_yaml, read
from modelserver_operator.manifests.sources import sort_out
from modelserver_operator.render import Context, Settings, render

TESTS = Path(__file__).parents[3]
GOLDENS = TESTS / "golden" / "render"
CASES = GOLDENS / "cases"
EXAMPLES = TESTS.parent / "examples"
UPSTREAM = TESTS / "data" / "intel-operator"

# a release of ours changes no golden
SETTINGS = Settings(runtime_image="modelserver-runtime:1.0")


def _inputs() -> dict[str, Path]:
    """The files that hold a ModelServer, by the name of their golden."""
    found = {path.stem: path for path in CASES.glob("*.yaml")}
    found |= {f"intel-operator-{path.stem}": path for path in UPSTREAM.glob("*.yaml")}
    for path in EXAMPLES.rglob("*.yaml"):
        found["-".join(("example", *path.relative_to(EXAMPLES).with_suffix("").parts))] = path
    return {name: path for name, path in sorted(found.items()) if _holds_a_model_server(path)}


def _holds_a_model_server(path: Path) -> bool:
    return any(document.content.get("kind") == "ModelServer" for document in read(str(path)))


INPUTS = _inputs()


def _rendered(path: Path) -> str:
    manifests = sort_out(read(str(path)))
    text = ""
    for server in (source.server for source in manifests.servers):
        known = manifests.config_maps_of(server.metadata.namespace)
        objects = render(server, Context(SETTINGS, known))
        text += "".join(f"# warning: {line}\n" for line in objects.warnings)
        text += as_yaml(objects.manifests())
    return text


@pytest.mark.parametrize("name", INPUTS)
def test_rendering_is_what_it_was(name: str, golden: Callable[[Path, str], None]) -> None:
    golden(GOLDENS / f"{name}.yaml", _rendered(INPUTS[name]))


@pytest.mark.parametrize("name", INPUTS)
def test_what_is_rendered_satisfies_kubernetes_schemas(name: str) -> None:
    version = kubernetes_validate.latest_version()
    for manifest in yaml.safe_load_all(_rendered(INPUTS[name])):
        try:
            kubernetes_validate.validate(manifest, version, strict=True)
        except kubernetes_validate.SchemaNotFoundError:
            assert manifest["kind"] in {"ServiceMonitor", "ScaledObject"}


def test_every_golden_has_its_case() -> None:
    assert {path.stem for path in GOLDENS.glob("*.yaml")} == set(INPUTS)


@pytest.mark.parametrize("path", sorted(UPSTREAM.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_upstream_manifest_is_accepted(path: Path) -> None:
    assert sort_out(read(str(path)))
