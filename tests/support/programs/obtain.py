"""A program by its name: ready made where somebody has it, else built and kept."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from programs import store
from programs.build import build, extract, kustomize
from programs.table import CRDS, KUSTOMIZATIONS, PROGRAMS
from programs.toolchain import go


def program(name: str) -> Path:
    """Where the program lies. KUBEBUILDER_ASSETS, the folder that envtest reads, has precedence.

    Raises:
        BuildFailed: It isn't there and can't be built.
    """
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if assets and (ready_made := Path(assets, name)).is_file():
        return ready_made
    wanted = PROGRAMS[name]

    def make(folder: Path) -> None:
        with told(f"Building {name} {wanted.version}"):
            build(go(), wanted, folder / name)

    return store.folder(f"{name}-{wanted.version}", make) / name


def crds(name: str) -> list[Path]:
    """The files of somebody's CustomResourceDefinitions.

    Raises:
        BuildFailed: They aren't there and can't be downloaded.
    """
    wanted = CRDS[name]

    def make(folder: Path) -> None:
        with told(f"Fetching {name} {wanted.version}"):
            extract(go(), wanted, folder)

    return sorted(store.folder(f"{name}-{wanted.version}", make).glob("*.yaml"))


def kustomized(name: str) -> Path:
    """The file of somebody's manifests.

    Raises:
        BuildFailed: They aren't there and can't be downloaded.
    """
    wanted = KUSTOMIZATIONS[name]

    def make(folder: Path) -> None:
        with told(f"Fetching {name} {wanted.version}"):
            kustomize(go(), wanted, program("kubectl"), folder / "manifests.yaml")

    return store.folder(f"{name}-{wanted.version}", make) / "manifests.yaml"


@contextmanager
def told(what: str) -> Iterator[None]:
    """Tell on stderr that something is being made, and how long that took."""
    print(f"{what} (once) …", end=" ", file=sys.stderr, flush=True)
    start = time.monotonic()
    yield
    print(f"{time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
