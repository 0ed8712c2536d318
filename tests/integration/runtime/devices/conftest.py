"""Models compiled for devices that a CPU stands for, one of them from a plugin of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from modelserver_runtime.engine.compiler import Compiled, load
from modelserver_runtime.engine.core import create_core
from modelserver_runtime.settings import ModelSettings

# isort: split
import openvino as ov
from openvino import opset13 as ops

if TYPE_CHECKING:
    from conftest import Repository

XCPU = {"XCPU": "libopenvino_intel_cpu_plugin.so"}
"""The CPU's plugin once more, under another name. It refuses a name that has no CPU in it."""

Compile = Callable[..., Compiled]


@pytest.fixture
def core() -> ov.Core:
    return create_core()


@pytest.fixture
def compile_model(
    core: ov.Core, repository: Repository, kept: Callable[[Compiled], Compiled]
) -> Compile:
    """Compiles a model as the server does, with the XCPU at hand and two threads."""
    count = iter(range(1, 100))

    def compile_it(
        model: ov.Model, *, profiling: bool = False, name: str = "", **settings: object
    ) -> Compiled:
        name = name or f"m{next(count)}"
        if not repository.base_path(name).exists():
            repository.add(name, 1, model)
        base_path = repository.base_path(name)
        asked = ModelSettings(name, str(base_path), **{"device_plugins": XCPU, **settings})  # type: ignore[arg-type]
        path = base_path / "1" / "model.xml"
        return kept(load(core, path, asked, threads=2, profiling=profiling))

    return compile_it


@pytest.fixture(scope="session")
def sum_model() -> ov.Model:
    """``sum`` is ``a`` plus ``b``, both of any length, which has to be the same."""
    a, b = (ops.parameter([-1], ov.Type.f32, name=name) for name in "ab")
    a.output(0).set_names({"a"})
    b.output(0).set_names({"b"})
    total = ops.add(a, b)
    total.output(0).set_names({"sum"})
    return ov.Model([total], [a, b], "sum")


@pytest.fixture(scope="session")
def row_model() -> ov.Model:
    """``y`` is a row of 8 times a matrix of ones; it can be batched."""
    x = ops.parameter([1, 8], ov.Type.f32, name="x")
    x.output(0).set_names({"x"})
    ones = ops.constant([[1.0] * 8] * 8, ov.Type.f32)
    y = ops.matmul(x, ones, False, False)
    y.output(0).set_names({"y"})
    return ov.Model([y], [x], "row")
