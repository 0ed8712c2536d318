"""A dataplane in front of a device that works when the test says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest_asyncio

from modelserver_runtime.dataplane import Call, Dataplane
from modelserver_runtime.engine.compiler import Compiled
from modelserver_runtime.engine.launch import Launcher
from modelserver_runtime.engine.placement import Placement
from modelserver_runtime.engine.registry import Registry
from modelserver_runtime.engine.slot import Slot
from modelserver_runtime.metrics import Api, Interface, Metrics
from modelserver_runtime.requests import InferRequest, InferResponse
from modelserver_runtime.settings import ModelSettings
from modelserver_runtime.tensors import Array, Datatype, Dimension, InputTensor, TensorSpec

SPEC = TensorSpec("x", Datatype.FP32, (Dimension.of(1),))


@dataclass(eq=False)
class Device:
    """Stands where a Slot does. It answers with what it was given, once it is told to.

    ``begun`` lists the inputs of all inferences that it was given.
    """

    begun: list[float] = field(default_factory=list)
    is_lost: bool = False
    arrays: Sequence[Array] = ()
    on_done: Callable[[], None] | None = None

    def bind(self, arrays: Sequence[Array]) -> None:
        self.arrays = arrays

    def start(self, on_done: Callable[[], None]) -> None:
        if self.is_lost:
            raise RuntimeError("the device is lost")
        self.begun.append(float(self.arrays[0][0]))
        self.on_done = on_done

    def finish(self) -> None:
        done, self.on_done = self.on_done, None
        if done is not None:
            done()

    def settle(self) -> None:
        """Nothing is left to wait for."""

    def check(self) -> None:
        """Nothing fails but a start."""

    def outputs(self) -> Sequence[Array]:
        return self.arrays


@dataclass
class House:
    """A dataplane that serves model ``m`` on one device, where two requests may wait."""

    dataplane: Dataplane
    metrics: Metrics
    device: Device

    def ask(
        self, value: float | Array = 0, seconds: float | None = None, **parameters: object
    ) -> asyncio.Task[object]:
        content: Any = [value] if isinstance(value, int | float) else value
        tensor = InputTensor("x", "FP32", (1,), content)
        request = InferRequest((tensor,), None, "", parameters, binary_outputs=False)
        call = Call("m", None, Interface.REST, timeout=seconds)
        return asyncio.ensure_future(self.dataplane.infer(call, lambda: request, _first_value))

    @property
    def in_progress(self) -> int:
        return self.metrics.version("m", 1).in_progress

    def failed(self, interface: Interface = Interface.REST) -> int:
        return self.metrics.version("m", 1).infer[Api.KSERVE].failed[interface]

    async def until_in_progress(self, count: int) -> None:
        async with asyncio.timeout(5):
            while self.in_progress != count:
                await asyncio.sleep(0.001)

    async def fill(self) -> list[asyncio.Task[object]]:
        """One request that runs and two that wait: inputs 0, 1 and 2."""
        asked = [self.ask(number) for number in range(3)]
        await self.until_in_progress(3)
        return asked

    async def work_off(self) -> None:
        """Let the device do all that waits."""
        async with asyncio.timeout(5):
            while self.in_progress:
                self.device.finish()
                await asyncio.sleep(0.001)


def _first_value(_request: InferRequest, response: InferResponse) -> float:
    return float(response.outputs[0].array[0])


@pytest_asyncio.fixture
async def build_house() -> AsyncIterator[Callable[..., House]]:
    """Makes houses with queues of their own size, and leaves nothing undone in them."""
    houses: list[House] = []

    def build(max_queue_size: int) -> House:
        device, registry, metrics = Device(), Registry(), Metrics()
        compiled = Compiled(
            inputs=(SPEC,),
            outputs=(SPEC,),
            slots=(cast("Slot", device),),
            batch=1,
            streams=1,
            may_run_inline=False,
            seconds=None,
            has_run=True,
            placement=lambda: Placement(("CPU",), 1),
            profile=list,
            wind_down=lambda: 0.0,
        )
        launcher = Launcher(metrics, asyncio.get_running_loop())
        registry.declare("m")
        asked = ModelSettings("m", "/m", max_queue_size=max_queue_size)
        registry.publish(launcher.launch("m", 1, compiled, asked))
        houses.append(House(Dataplane(registry, metrics, lambda: True), metrics, device))
        return houses[-1]

    yield build
    for house in houses:
        await house.work_off()


@pytest_asyncio.fixture
async def house(build_house: Callable[..., House]) -> House:
    return build_house(max_queue_size=2)
