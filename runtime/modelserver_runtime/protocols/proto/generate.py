"""Make the ``*_pb2`` modules and their type stubs from the ``.proto`` files beside this one.

Run it after a change to a ``.proto`` file; the same input gives the same bytes.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from grpc_tools import protoc

HERE = Path(__file__).parent
IMPORT_ROOT = HERE.parents[2]
SHARED_POOL = "_descriptor_pool.Default()"
OWN_POOL = "_descriptor_pool.DescriptorPool()"


def generate(proto: Path) -> None:
    """Write ``NAME_pb2.py`` and ``NAME_pb2.pyi`` beside ``proto``."""
    arguments = [
        "protoc",
        f"--plugin=protoc-gen-mypy={_mypy_plugin()}",
        f"--proto_path={IMPORT_ROOT}",
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
    if source.count(SHARED_POOL) != 1:
        sys.exit(f"{module.name}: protoc writes {SHARED_POOL} no longer exactly once")
    module.write_text(source.replace(SHARED_POOL, OWN_POOL))


if __name__ == "__main__":
    for path in sorted(HERE.glob("*.proto")):
        generate(path)
