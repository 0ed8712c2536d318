"""The queue in front of a compiled model: who runs when, where, and for how long.

Requests wait here, not on threads: the event loop stays free for health and metrics whatever the
load. All methods are called on the loop's thread.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, Final, Generic, NamedTuple, TypeVar

from modelserver_runtime.engine.cost import CostGate
from modelserver_runtime.engine.explain import explain
from modelserver_runtime.engine.free_slots import free_slots
from modelserver_runtime.engine.on_device import OnDevice
from modelserver_runtime.engine.slot import Slot
from modelserver_runtime.engine.turns import Turns
from modelserver_runtime.errors import InferenceFailed
from modelserver_runtime.tensors import Array

T = TypeVar("T")

_WATCH_SECONDS: Final = 0.02  # between two looks for inferences that failed


class Timing(NamedTuple):
    """How long an inference took.

    Attributes:
        queued: when it was handed in, by perf_counter's clock.
        waited: seconds until the device began with it.
        inferred: seconds that it ran.
    """

    queued: float
    waited: float
    inferred: float


Finish = Callable[[list[Array], Timing], T]
"""Makes the result while the outputs are alive: they point into memory that is used again after."""


class _Job(Generic[T]):
    __slots__ = ("arrays", "finish", "future", "queued", "started")

    def __init__(
        self, arrays: Sequence[Array], finish: Finish[T], future: asyncio.Future[T]
    ) -> None:
        self.arrays = arrays
        self.finish = finish
        self.future = future
        self.queued = perf_counter()
        self.started = 0.0

    def begin(self, slot: Slot) -> None:
        self.started = perf_counter()
        slot.bind(self.arrays)

    def complete(self, slot: Slot, ended: float) -> None:
        if self.future.cancelled():
            return
        timing = Timing(self.queued, self.started - self.queued, ended - self.started)
        try:
            self.future.set_result(self.finish(slot.outputs(), timing))
        except Exception as error:  # noqa: BLE001 - whatever it is belongs to this request's future
            self.future.set_exception(error)

    def fail(self, error: Exception) -> None:
        if not self.future.cancelled():
            self.future.set_exception(InferenceFailed(explain(error)))


class Executor:
    """Runs inferences of one compiled model on its infer requests, first come, first served.

    Args:
        batch: how many of the slots, one after the other, share a batch.
        streams: how many inferences run at once, where that is fewer than there are slots.
        wind_down: gets the model ready to be released, and tells the seconds until it may be.
    """

    def __init__(
        self,
        slots: Sequence[Slot],
        gate: CostGate,
        turns: Turns,
        loop: asyncio.AbstractEventLoop,
        batch: int = 1,
        streams: int | None = None,
        wind_down: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._free = free_slots(slots, batch)
        self._wind_down = wind_down
        self._size = len(slots)
        self._gate = gate
        self._turns = turns
        self._loop = loop
        self._waiting: deque[_Job[Any]] = deque()
        self._running: dict[Slot, _Job[Any]] = {}  # on OpenVINO's threads
        self._on_device = OnDevice(streams or len(slots))
        self._watch: asyncio.TimerHandle | None = None
        self._draining = False
        self._idle = asyncio.Event()

    @property
    def active(self) -> int:
        """Infer requests in use now."""
        return self._size - len(self._free)

    def submit(self, arrays: Sequence[Array], finish: Finish[T]) -> asyncio.Future[T]:
        """Queue an inference.

        Args:
            arrays: the inputs in the model's order, of its datatypes and of shapes it accepts.
            finish: turns the outputs into the result; called on the loop's thread.

        Returns:
            The future of finish's result. It fails with InferenceFailed where the device does, or
            with what finish raised. Cancelled while queued, it is never run.
        """
        future: asyncio.Future[T] = self._loop.create_future()
        self._waiting.append(_Job(arrays, finish, future))
        if self._gate.inline:
            self._turns.add(self._run_inline)
        else:
            self._start_waiting()
        return future

    def forget_cancelled(self) -> None:
        """Let go of what cancelled requests hold while they would wait for their turn."""
        self._waiting = deque(job for job in self._waiting if not job.future.cancelled())
        self._tell_if_idle()

    async def drain(self) -> None:
        """Return once nothing waits or runs, and the model may be released."""
        self._draining = True
        while self._waiting or self.active:
            self._idle.clear()
            await self._idle.wait()
        await asyncio.sleep(self._wind_down())

    def _next_job(self) -> _Job[Any] | None:
        while self._waiting:
            job = self._waiting.popleft()
            if not job.future.cancelled():
                return job
        return None

    def _run_inline(self) -> None:
        # With no slot free the job stays queued: the next one to become free takes it.
        if not self._free or (job := self._next_job()) is None:
            self._tell_if_idle()
            return
        slot = self._free.take()
        try:
            job.begin(slot)
            slot.run()
        except Exception as error:  # noqa: BLE001 - OpenVINO raises several kinds
            job.fail(error)
        else:
            self._complete(job, slot, perf_counter())
        self._free.give_back(slot)
        self._tell_if_idle()

    def _start_waiting(self) -> None:
        while self._free and (job := self._next_job()) is not None:
            slot = self._free.take()
            try:
                job.begin(slot)
                slot.start(self._on_done(slot))
            except Exception as error:  # noqa: BLE001 - OpenVINO raises several kinds
                job.fail(error)
                self._free.give_back(slot)
            else:
                self._running[slot] = job
                self._on_device.enter(job)
        if self._running and self._watch is None:
            self._watch = self._loop.call_later(_WATCH_SECONDS, self._look_for_failures)
        self._tell_if_idle()

    def _on_done(self, slot: Slot) -> Callable[[], None]:
        def on_openvino_thread() -> None:
            self._loop.call_soon_threadsafe(self._succeeded, slot, perf_counter())

        return on_openvino_thread

    def _succeeded(self, slot: Slot, ended: float) -> None:
        slot.settle()
        self._complete(self._taken_back(slot, ended), slot, ended)
        self._release(slot)

    def _failed(self, slot: Slot, error: Exception) -> None:
        self._taken_back(slot, perf_counter()).fail(error)
        self._release(slot)

    def _taken_back(self, slot: Slot, ended: float) -> _Job[Any]:
        job = self._running.pop(slot)
        self._on_device.leave(job, ended)
        return job

    def _look_for_failures(self) -> None:
        """Ask every running request: OpenVINO's Python binding calls back on success only."""
        self._watch = None
        for slot in list(self._running):
            try:
                slot.check()
            except Exception as error:  # noqa: BLE001 - OpenVINO raises several kinds
                self._failed(slot, error)
        self._start_waiting()

    def _release(self, slot: Slot) -> None:
        self._free.give_back(slot)
        self._start_waiting()

    def _complete(self, job: _Job[Any], slot: Slot, ended: float) -> None:
        job.complete(slot, ended)
        self._gate.observe(ended - job.started)

    def _tell_if_idle(self) -> None:
        if self._draining and not self._waiting and not self.active:
            self._idle.set()
