"""What tests of local mode share: a model, free ports, patience, and an eye on processes."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

# Before openvino, which the engine imports without its telemetry.
import modelserver_runtime.engine  # noqa: F401

# isort: split
import openvino as ov
from openvino import opset13 as ops

from modelserver_operator.local.pods.replica import free_ports

Eventually = Callable[..., Awaitable[None]]


@pytest.fixture
def eventually() -> Eventually:
    """Waits until a condition holds; fails when it has not within the seconds given."""

    async def wait(condition: Callable[[], bool], seconds: float = 30) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.02)

    return wait


@pytest.fixture
def children() -> Callable[[int], list[int]]:
    """The processes that a process has started and that are still there."""

    def find(process: int) -> list[int]:
        lists = Path(f"/proc/{process}/task").glob("*/children")
        return [int(child) for each in lists for child in each.read_text().split()]

    return find


@pytest.fixture
def runs() -> Callable[[int], bool]:
    """Whether a process runs; one that has ended and that nobody has asked about does not."""

    def check(process: int) -> bool:
        try:
            status = Path(f"/proc/{process}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return False
        return status.rpartition(")")[2].split()[0] != "Z"

    return check


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the model `double`: `y` is twice `x`, each FP32 [1,4]."""
    x = ops.parameter([1, 4], ov.Type.f32, name="x")
    x.output(0).set_names({"x"})
    y = ops.add(x, x)
    y.output(0).set_names({"y"})
    folder = tmp_path_factory.mktemp("models")
    ov.save_model(ov.Model([y], [x], "double"), folder / "double" / "1" / "model.xml")
    return folder


@pytest.fixture
def ports() -> dict[str, int]:
    """Free ports for a Service."""
    return dict(zip(("grpc", "rest"), free_ports(2), strict=True))
