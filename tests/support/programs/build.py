"""Go modules to programs and files, by way of a module of our own that is thrown away."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from programs.table import Crds, Kustomization, Program
from programs.toolchain import Go

_STAGING = re.compile(r"^\s*(k8s\.io/\S+) v0\.0\.0$", re.MULTILINE)


def build(go: Go, program: Program, to: Path) -> None:
    """Build a program into the file `to`; go.sum and Go's checksum database vouch for the source.

    Raises:
        BuildFailed: Go could not.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "go.mod").write_text(go_mod(program, list(_replacements(go, program))))
        go.run(
            "build",
            "-mod=mod",
            "-trimpath",
            "-buildvcs=false",
            f"-ldflags={linker_flags(program)}",
            f"-o={to}",
            program.package,
            folder=folder,
        )


def go_mod(program: Program, replacements: list[str]) -> str:
    """A module that requires the program's and what that leaves out, replacements as given."""
    # From Go 1.17 on, what a module requires only for its own tests is left out of the graph.
    required = {program.module: program.version, **program.requires}
    lines = [
        "module throwaway",
        "go 1.24",
        *(f"require {module} {version}" for module, version in required.items()),
        *(f"replace {each}" for each in replacements),
    ]
    return "\n".join(lines) + "\n"


def linker_flags(program: Program) -> str:
    """Without symbols, with the version that the program tells of itself."""
    stamps = (f"-X {name}={value}" for name, value in program.stamps.items())
    return " ".join(["-s", "-w", *stamps])


def _replacements(go: Go, program: Program) -> Iterator[str]:
    if program.staging:
        for each in staging_modules(Path(_download(go, program)["GoMod"]).read_text()):
            yield f"{each} => {each} {program.staging}"
    if program.replaces:
        yield from _own_replacements(go, Path(_download(go, program)["GoMod"]))


def staging_modules(go_mod: str) -> list[str]:
    """The modules that a go.mod requires at a version that doesn't exist."""
    return _STAGING.findall(go_mod)


def _own_replacements(go: Go, go_mod: Path) -> Iterator[str]:
    """Those of a go.mod, which count only where the module is the main one."""
    described = json.loads(go.run("mod", "edit", "-json", str(go_mod), folder=go_mod.parent))
    for each in described["Replace"]:
        yield " ".join([*_named(each["Old"]), "=>", *_named(each["New"])])


def _named(module: dict[str, str]) -> list[str]:
    return [module["Path"], *filter(None, [module.get("Version")])]


def extract(go: Go, wanted: Crds, to: Path) -> None:
    """Copy the YAML files of a module's folder.

    Raises:
        BuildFailed: Go could not download the module.
    """
    source = Path(_download(go, wanted)["Dir"]) / wanted.folder
    for file in source.glob("*.yaml"):
        shutil.copyfile(file, to / file.name)


def kustomize(go: Go, wanted: Kustomization, kubectl: Path, to: Path) -> None:
    """Write the manifests that kubectl makes of a module's folder into one file.

    Raises:
        BuildFailed: Go could not download the module.
    """
    source = Path(_download(go, wanted)["Dir"]) / wanted.folder
    with to.open("w") as manifests:
        subprocess.run([kubectl, "kustomize", source], stdout=manifests, check=True)


def _download(go: Go, of: Program | Crds | Kustomization) -> dict[str, str]:
    # Away from any go.mod, which would have a say in what is downloaded.
    with tempfile.TemporaryDirectory() as folder:
        answer = go.run(
            "mod", "download", "-json", f"{of.module}@{of.version}", folder=Path(folder)
        )
    described: dict[str, str] = json.loads(answer)
    return described
