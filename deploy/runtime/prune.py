"""Leave of an environment only what a server loads.

OpenVINO's package carries the plugins of all its devices, front ends of frameworks that have no
file format, and tools for developers: half of it is never loaded by a server of CPU models.

    python prune.py ENVIRONMENT [--gpu 0|1] [--npu 0|1]
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from pathlib import Path

SUPERFLUOUS = (
    "bin/benchmark_app",
    "bin/modelserver-operator",
    "bin/opt_in_out",
    "bin/ovc",
    "lib/python3*/site-packages/modelserver_operator",
    "lib/python3*/site-packages/openvino_telemetry",
    "lib/python3*/site-packages/openvino/cmake",
    "lib/python3*/site-packages/openvino/include",
    "lib/python3*/site-packages/openvino/tools",
    "lib/python3*/site-packages/openvino/torch",
    "lib/python3*/site-packages/openvino/libs/libopenvino_c.so*",
    "lib/python3*/site-packages/openvino/libs/libopenvino_gguf_frontend.so*",
    "lib/python3*/site-packages/openvino/libs/libopenvino_jax_frontend.so*",
    "lib/python3*/site-packages/openvino/libs/libopenvino_pytorch_frontend.so*",
)
FOR_GPU = (
    "lib/python3*/site-packages/openvino/libs/cache.json",
    "lib/python3*/site-packages/openvino/libs/libopenvino_intel_gpu_plugin.so",
)
FOR_NPU = ("lib/python3*/site-packages/openvino/libs/libopenvino_intel_npu_plugin.so",)


def superfluous(environment: Path, *, gpu: bool, npu: bool) -> Iterator[Path]:
    """The files and folders to remove, for a server with or without these devices."""
    patterns = (*SUPERFLUOUS, *(() if gpu else FOR_GPU), *(() if npu else FOR_NPU))
    for pattern in patterns:
        yield from environment.glob(pattern)


def main() -> None:
    """Remove them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("environment", type=Path)
    parser.add_argument("--gpu", choices=("0", "1"), default="0")
    parser.add_argument("--npu", choices=("0", "1"), default="0")
    given = parser.parse_args()
    for path in superfluous(given.environment, gpu=given.gpu == "1", npu=given.npu == "1"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


if __name__ == "__main__":
    main()
