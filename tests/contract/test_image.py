"""The image against what it is built from: the Makefile, the locks, OpenVINO's package."""

from __future__ import annotations

import importlib.util
import re
import sysconfig
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
IMAGE = ROOT / "deploy/runtime"
DOCKERFILE = (IMAGE / "Dockerfile").read_text()


def pins(lock: Path) -> dict[str, set[str]]:
    """Hashes by pin, such as ``numpy==2.4.6``."""
    entries = re.split(r"^(?=\S)", lock.read_text(), flags=re.MULTILINE)
    return {entry.split()[0]: set(re.findall(r"sha256:\w+", entry)) for entry in entries if entry}


@pytest.fixture(scope="module")
def prune() -> ModuleType:
    spec = importlib.util.spec_from_file_location("prune", IMAGE / "prune.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "name",
    ["runtime/requirements.lock", "runtime/build-requirements.lock", "operator/requirements.lock"],
)
def test_the_images_locks_are_parts_of_the_projects(name: str) -> None:
    project = pins(ROOT / "requirements.lock")
    for pin, hashes in pins(ROOT / "deploy" / name).items():
        assert project[pin] == hashes


def test_make_image_passes_on_every_argument_of_the_dockerfile() -> None:
    taken = set(re.findall(r"^ARG (\w+)", DOCKERFILE, re.MULTILINE))
    (passed,) = re.findall(r"^IMAGE_ARGUMENTS := (.*)$", (ROOT / "Makefile").read_text(), re.M)
    assert set(passed.split()) == taken


def test_the_guide_names_every_argument() -> None:
    guide = (ROOT / "docs/guides/image.md").read_text()
    for argument in re.findall(r"^ARG (\w+)", DOCKERFILE, re.MULTILINE):
        assert f"`{argument}" in guide


def test_what_is_pruned_is_what_openvinos_package_has(prune: ModuleType) -> None:
    """Or a release that renames a library would let the image grow in silence."""
    environment = Path(sysconfig.get_path("data"))
    patterns = (*prune.SUPERFLUOUS, *prune.FOR_GPU, *prune.FOR_NPU)
    for pattern in patterns:
        if "operator" not in pattern:  # which is not installed here, but linked
            assert list(environment.glob(pattern)), pattern


LIBRARIES = "lib/python3.11/site-packages/openvino/libs/libopenvino"


@pytest.mark.parametrize("gpu", [False, True])
@pytest.mark.parametrize("npu", [False, True])
def test_only_the_plugins_asked_for_stay(
    prune: ModuleType, tmp_path: Path, gpu: bool, npu: bool
) -> None:
    plugins = [f"{LIBRARIES}_intel_{device}_plugin.so" for device in ("cpu", "gpu", "npu")]
    for plugin in plugins:
        (tmp_path / plugin).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / plugin).touch()
    removed = {
        str(path.relative_to(tmp_path)) for path in prune.superfluous(tmp_path, gpu=gpu, npu=npu)
    }
    stays = dict(zip(plugins, (True, gpu, npu), strict=True))
    assert removed == {plugin for plugin, wanted in stays.items() if not wanted}
