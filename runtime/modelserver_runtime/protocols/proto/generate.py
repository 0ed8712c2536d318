"""Make the ``*_pb2`` modules and their type stubs from the ``.proto`` files beside this one.

Run it after a change to a ``.proto`` file; the same input gives the same bytes.
"""

from __future__ import annotations

import shutil
import sys
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

HERE = Path(__file__).parent
IMPORT_ROOT = HERE.parents[2]
OWN_POOL = {
    "from google.protobuf import descriptor_pool as _descriptor_pool": (
        "from modelserver_runtime.protocols.proto.pool import POOL as _own_pool"
    ),
    "_descriptor_pool.Default()": "_own_pool",
}


def generate(proto: Path) -> None:
    """Write ``NAME_pb2.py`` and ``NAME_pb2.pyi`` beside ``proto``."""
    arguments = [
        "protoc",
        f"--plugin=protoc-gen-mypy={_mypy_plugin()}",
        f"--proto_path={IMPORT_ROOT}",
        f"--proto_path={files('grpc_tools') / '_proto'}",
        f"--python_out={IMPORT_ROOT}",
        f"--mypy_out=quiet:{IMPORT_ROOT}",
        str(proto),
    ]
    if protoc.main(arguments) != 0:
        sys.exit(f"protoc refused {proto.name}")
    _move_to_own_pool(proto.with_name(f"{proto.stem}_pb2.py"))


def _mypy_plugin() -> str:
    """The stub generator of the environment that runs this script, on PATH or not."""
    plugin = shutil.which("protoc-gen-mypy", path=str(Path(sys.executable).parent))
    return plugin or sys.exit("protoc-gen-mypy is not installed (it comes with mypy-protobuf)")


def _move_to_own_pool(module: Path) -> None:
    """Keep the messages out of the pool that client libraries register theirs in."""
    source = module.read_text()
    for shared, own in OWN_POOL.items():
        if source.count(shared) != 1:
            sys.exit(f"{module.name}: protoc writes {shared} no longer exactly once")
        source = source.replace(shared, own)
    module.write_text(source)


if __name__ == "__main__":
    for path in sorted(HERE.glob("*.proto")):
        generate(path)
