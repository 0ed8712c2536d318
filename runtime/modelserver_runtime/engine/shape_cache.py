"""One executor for each shape that requests bring, the most recently used of them.

The first request of a new shape waits until the model is compiled for it, which happens on a
thread; requests of the shapes that are there go on meanwhile. One shape is compiled at a time: a
compilation takes all cores and much memory.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final, TypeVar

from modelserver_runtime.engine.executor import Executor, Finish
from modelserver_runtime.engine.open_shapes import Sizes
from modelserver_runtime.tensors import Array

T = TypeVar("T")

SHAPES_AT_MOST: Final = 8  # compiled at a time, each of which may hold the weights once more


class ShapeCache:
    """Runs inferences of a model with open inputs; used like an Executor, on the loop's thread.

    Args:
        positions: where the open inputs are among all.
        compile_for: makes an executor for new sizes.
        ready: those that are there already.
    """

    def __init__(
        self,
        positions: Sequence[int],
        compile_for: Callable[[Sizes], Coroutine[Any, Any, Executor]],
        ready: Mapping[Sizes, Executor],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._positions = positions
        self._compile_for = compile_for
        self._executors = OrderedDict(ready)
        self._loop = loop
        self._compiling = asyncio.Lock()
        self._unfinished: set[asyncio.Task[Any]] = set()

    @property
    def active(self) -> int:
        """Infer requests in use now, of all shapes."""
        return sum(executor.active for executor in self._executors.values())

    def submit(self, arrays: Sequence[Array], finish: Finish[T]) -> asyncio.Future[T]:
        """Queue an inference; see Executor.submit.

        The future may also fail with InvalidRequest: the model can't be compiled for these shapes.
        """
        sizes = tuple(arrays[position].shape for position in self._positions)
        executor = self._executors.get(sizes)
        if executor is None:
            return self._kept(self._submit_to_new(sizes, arrays, finish))
        self._executors.move_to_end(sizes)
        return executor.submit(arrays, finish)

    def forget_cancelled(self) -> None:
        """Let go of what cancelled requests hold."""
        for executor in self._executors.values():
            executor.forget_cancelled()

    async def drain(self) -> None:
        """Return once nothing waits, runs or is compiled."""
        while self._unfinished:
            await asyncio.wait(self._unfinished)
        for executor in list(self._executors.values()):
            await executor.drain()

    async def _submit_to_new(self, sizes: Sizes, arrays: Sequence[Array], finish: Finish[T]) -> T:
        executor = await self._executor(sizes)
        return await executor.submit(arrays, finish)

    async def _executor(self, sizes: Sizes) -> Executor:
        await self._compiling.acquire()
        if sizes in self._executors:  # another request of the same shape was first
            self._compiling.release()
            return self._executors[sizes]
        # A thread can't be stopped: the compilation goes on, and keeps the lock, where the request
        # that asked for it is cancelled.
        return await asyncio.shield(self._kept(self._compile(sizes)))

    async def _compile(self, sizes: Sizes) -> Executor:
        try:
            executor = await self._compile_for(sizes)
        finally:
            self._compiling.release()
        self._executors[sizes] = executor
        if len(self._executors) > SHAPES_AT_MOST:
            _, oldest = self._executors.popitem(last=False)
            self._kept(oldest.drain())
        return executor

    def _kept(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = self._loop.create_task(work)
        self._unfinished.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._unfinished.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, in case nobody else does
