"""A model version that answers requests."""

from __future__ import annotations

from asyncio import Future
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from modelserver_runtime.engine.executor import Finish
from modelserver_runtime.engine.health import Health
from modelserver_runtime.engine.model_cache import CacheUse
from modelserver_runtime.engine.placement import Placement
from modelserver_runtime.kernels.layers import Layer
from modelserver_runtime.metrics import VersionMeter
from modelserver_runtime.tensors import Array, TensorSpec

T = TypeVar("T")


class InferenceQueue(Protocol):
    """What runs inferences: an Executor, or several of them. See there."""

    def submit(self, arrays: Sequence[Array], finish: Finish[T]) -> Future[T]:
        """Queue an inference."""

    def forget_cancelled(self) -> None:
        """Let go of what cancelled requests hold."""

    async def drain(self) -> None:
        """Return once nothing waits or runs."""


@dataclass(frozen=True, slots=True)
class LiveVersion:
    """One version of one model, compiled and warm.

    Attributes:
        inputs: in the compiled model's order, which is also that of infer's arrays.
        outputs: likewise, the order in which results come.
        executor: runs its inferences, an Executor or several behind one queue.
        meter: what is counted for it.
        health: whether its device still works.
        placement: tells where it runs now; the meter has what it told last.
        profile: measures an inference layer by layer, beside those of the executor.
        cache: what the cache did when it was loaded; None where there is none.
        capacity: how many requests may be in progress, those that wait included.
    """

    name: str
    version: int
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    executor: InferenceQueue
    meter: VersionMeter
    health: Health
    placement: Callable[[], Placement]
    profile: Callable[[], list[Layer]]
    cache: CacheUse | None
    capacity: float

    def infer(self, arrays: Sequence[Array], finish: Finish[T]) -> Future[T]:
        """Queue one inference; see Executor.submit."""
        return self.executor.submit(arrays, finish)

    def forget_cancelled(self) -> None:
        """Let go of what cancelled requests hold."""
        self.executor.forget_cancelled()

    async def drain(self) -> None:
        """Return once no request is being answered and the version may be released."""
        self.health.close()
        await self.executor.drain()
