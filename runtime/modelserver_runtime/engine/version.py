"""A model version that answers requests."""

from __future__ import annotations

from asyncio import Future
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from modelserver_runtime.engine.executor import Executor, Finish
from modelserver_runtime.metrics import VersionMeter
from modelserver_runtime.tensors import Array, TensorSpec

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LiveVersion:
    """One version of one model, compiled and warm.

    Attributes:
        inputs: in the compiled model's order, which is also that of infer's arrays.
        outputs: likewise, the order in which results come.
        executor: runs its inferences.
        meter: what is counted for it.
        devices: where it runs, as OpenVINO names them.
    """

    name: str
    version: int
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    executor: Executor
    meter: VersionMeter
    devices: tuple[str, ...]

    def infer(self, arrays: Sequence[Array], finish: Finish[T]) -> Future[T]:
        """Queue one inference; see Executor.submit."""
        return self.executor.submit(arrays, finish)

    async def drain(self) -> None:
        """Return once no request is being answered."""
        await self.executor.drain()
