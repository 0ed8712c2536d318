"""Go modules to programs and files, by way of a module of our own that is thrown away."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from pathlib import Path

from programs.table import Crds, Program
from programs.toolchain import Go

_STAGING = re.compile(r"^\s*(k8s\.io/\S+) v0\.0\.0$", re.MULTILINE)


def build(go: Go, program: Program, to: Path) -> None:
    """Build a program into the file `to`; go.sum and Go's checksum database vouch for the source.

    Raises:
        BuildFailed: Go could not.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        replaced = staging_modules(go, program) if program.staging else []
        (folder / "go.mod").write_text(go_mod(program, replaced))
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


def go_mod(program: Program, replaced: list[str]) -> str:
    """A module that requires nothing but the program's, with its staging modules replaced."""
    # From Go 1.17 on, what a module requires only for its own tests is left out of the graph.
    lines = ["module throwaway", "go 1.24", f"require {program.module} {program.version}"]
    lines += [f"replace {each} => {each} {program.staging}" for each in replaced]
    return "\n".join(lines) + "\n"


def linker_flags(program: Program) -> str:
    """Without symbols, with the version that the program tells of itself."""
    stamps = (f"-X {name}={value}" for name, value in program.stamps.items())
    return " ".join(["-s", "-w", *stamps])


def staging_modules(go: Go, program: Program) -> list[str]:
    """The modules that the program's own requires at a version that doesn't exist."""
    return _STAGING.findall(Path(_download(go, program)["GoMod"]).read_text())


def extract(go: Go, wanted: Crds, to: Path) -> None:
    """Copy the YAML files of a module's folder.

    Raises:
        BuildFailed: Go could not download the module.
    """
    source = Path(_download(go, wanted)["Dir"]) / wanted.folder
    for file in source.glob("*.yaml"):
        shutil.copyfile(file, to / file.name)


def _download(go: Go, of: Program | Crds) -> dict[str, str]:
    # Away from any go.mod, which would have a say in what is downloaded.
    with tempfile.TemporaryDirectory() as folder:
        answer = go.run(
            "mod", "download", "-json", f"{of.module}@{of.version}", folder=Path(folder)
        )
    described: dict[str, str] = json.loads(answer)
    return described
