"""One request, whatever protocol it came by: find the model, count, check, infer.

Front ends hand in two functions, one that decodes the request and one that encodes the answer.
Both run in here, so that a request counts as in progress from receipt, decoding counts into its
time, and the answer is written straight from the engine's memory.
"""

from __future__ import annotations

import asyncio
from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from time import perf_counter
from typing import Final, NamedTuple, TypeVar

from modelserver_runtime.admission import parameter_timeout, tighter, within
from modelserver_runtime.descriptions import ModelConfig, ModelMetadata, ServerMetadata
from modelserver_runtime.engine.executor import Timing
from modelserver_runtime.engine.explain import explain
from modelserver_runtime.engine.registry import Registry, VersionState
from modelserver_runtime.engine.version import LiveVersion
from modelserver_runtime.errors import (
    DeadlinePassed,
    DeviceFailing,
    InferenceFailed,
    ModelNotFound,
    QueueFull,
    ServingError,
    VersionNotFound,
)
from modelserver_runtime.image_inputs import decode_images, has_images
from modelserver_runtime.kernels.report import Profile
from modelserver_runtime.metrics import Api, Interface, Metrics
from modelserver_runtime.metrics.meters import Outcomes
from modelserver_runtime.model_statistics import ModelStatistics, statistics
from modelserver_runtime.requests import InferRequest, InferResponse
from modelserver_runtime.tensors import Array, OutputTensor, TensorSpec
from modelserver_runtime.validation import input_arrays, output_indices

T = TypeVar("T")

PLATFORM: Final = "OpenVINO"
EXTENSIONS: Final = (
    "binary_tensor_data",
    "model_configuration",
    "model_repository",
    "statistics",
)


class Call(NamedTuple):
    """Whom a request is for, and how it came. ``version`` is None where the newest will do.

    ``timeout`` is how many seconds the client still waits, None where it hasn't said.
    """

    model: str
    version: int | None
    interface: Interface
    api: Api = Api.KSERVE
    timeout: float | None = None


class Dataplane:
    """Answers for all models. Every method may raise a ServingError."""

    def __init__(self, registry: Registry, metrics: Metrics, is_ready: Callable[[], bool]) -> None:
        self._registry = registry
        self._metrics = metrics
        self._is_ready = is_ready

    @property
    def server_ready(self) -> bool:
        """Whether requests should be sent here."""
        return self.problem is None

    @property
    def problem(self) -> str | None:
        """Why no requests should be sent here; None where they should."""
        if not self._is_ready():
            return "The models are still loading, or the server is stopping"
        return self._registry.problem()

    @property
    def server_metadata(self) -> ServerMetadata:
        """Name, version, and the extensions of the Open Inference Protocol that it speaks."""
        return ServerMetadata("modelserver-runtime", version("modelserver"), EXTENSIONS)

    async def infer(
        self,
        call: Call,
        decode: Callable[[], InferRequest],
        encode: Callable[[InferRequest, InferResponse], T],
    ) -> T:
        """Answer one inference.

        Args:
            decode: makes the request; runs once it is counted.
            encode: makes the answer; runs while the outputs' memory is valid, not later.
        """
        live = self._registry.find(call.model, call.version)
        meter = live.meter
        outcomes = meter.infer[call.api]
        started = perf_counter()
        if meter.in_progress >= live.capacity:
            outcomes.failed[call.interface] += 1
            raise QueueFull(meter.in_progress)
        meter.enter()
        try:
            answer, timing = await _infer(live, call, decode(), encode)
        except (ServingError, CancelledError) as error:
            outcomes.failed[call.interface] += 1
            meter.failed_seconds += perf_counter() - started
            _take_note(live, error)
            raise
        finally:
            meter.leave()
        live.health.failures = 0
        outcomes.succeeded[call.interface] += 1
        meter.last_ended = ended = perf_counter()
        meter.request_time[call.interface].observe(ended - started)
        meter.input_seconds += timing.queued - started
        meter.wait_time.observe(timing.waited)
        meter.inference_time.observe(timing.inferred)
        return answer

    def metadata(self, call: Call) -> ModelMetadata:
        """What the model is called, which versions answer, what they take and give."""
        live = self._registry.find(call.model, call.version)
        with _counted(live.meter.metadata[call.api], call.interface):
            versions = tuple(self._registry.live_versions(call.model))
            return ModelMetadata(
                call.model, live.version, versions, PLATFORM, live.inputs, live.outputs
            )

    def inputs(self, call: Call) -> tuple[TensorSpec, ...]:
        """What the model takes; for codecs whose requests don't say it themselves."""
        return self._registry.find(call.model, call.version).inputs

    def config(self, call: Call) -> ModelConfig:
        """How the model is served."""
        live = self._registry.find(call.model, call.version)
        return ModelConfig(
            call.model, PLATFORM, live.inputs, live.outputs, live.meter.devices, live.meter.streams
        )

    def statistics(self, model: str = "", version: int | None = None) -> list[ModelStatistics]:
        """What the versions that answer have done: one, all of a model, or all there are."""
        if version is not None:
            return [_statistics(self._registry.find(model, version))]
        if model:
            self._require(model)
        names = [model] if model else self._registry.names()
        return [
            _statistics(live)
            for name in names
            for live in self._registry.live_versions(name).values()
        ]

    def model_ready(self, call: Call) -> None:
        """Return if the model answers; else raise the error that says why not."""
        self._require(call.model)
        with _counted(self._metrics.state(call.model)[call.api], call.interface):
            live = self._registry.find(call.model, call.version)
            if live.health.problem is not None:
                raise DeviceFailing(live.health.problem)

    async def profile(self, call: Call) -> Profile:
        """An inference of zeros, layer by layer, beside the requests of clients."""
        live = self._registry.find(call.model, call.version)
        try:
            layers = await asyncio.to_thread(live.profile)
        except RuntimeError as error:
            raise InferenceFailed(explain(error)) from error
        return Profile(live.meter.devices, layers)

    def has_live_version(self, model: str) -> bool:
        """Whether any version of the model answers; for health checks, which are not counted."""
        self._require(model)
        return bool(self._registry.live_versions(model))

    def status(self, call: Call) -> Mapping[int, VersionState]:
        """The state of the version, or else of every version that was ever seen."""
        self._require(call.model)
        states = self._registry.states(call.model)
        with _counted(self._metrics.state(call.model)[call.api], call.interface):
            if call.version is None:
                return dict(states)
            if call.version not in states:
                raise VersionNotFound
            return {call.version: states[call.version]}

    def _require(self, model: str) -> None:
        if not self._registry.knows(model):
            raise ModelNotFound


def _infer(
    live: LiveVersion,
    call: Call,
    request: InferRequest,
    encode: Callable[[InferRequest, InferResponse], T],
) -> Awaitable[tuple[T, Timing]]:
    timeout = call.timeout
    if request.parameters:
        timeout = tighter(timeout, parameter_timeout(request.parameters))
    if has_images(request.inputs, live.inputs):
        work: Awaitable[tuple[T, Timing]] = _infer_images(live, request, encode)
    else:
        work = _submit(live, request, encode)
    return work if timeout is None else within(timeout, work)


async def _infer_images(
    live: LiveVersion,
    request: InferRequest,
    encode: Callable[[InferRequest, InferResponse], T],
) -> tuple[T, Timing]:
    inputs = await decode_images(request.inputs, live.inputs)
    return await _submit(live, request._replace(inputs=inputs), encode)


def _submit(
    live: LiveVersion,
    request: InferRequest,
    encode: Callable[[InferRequest, InferResponse], T],
) -> Awaitable[tuple[T, Timing]]:
    arrays = input_arrays(request.inputs, live.inputs)
    indices = output_indices(request, live.outputs)

    def finish(results: list[Array], timing: Timing) -> tuple[T, Timing]:
        outputs = [
            OutputTensor(live.outputs[index].name, live.outputs[index].datatype, results[index])
            for index in indices
        ]
        return encode(request, InferResponse(live.name, live.version, request.id, outputs)), timing

    return live.infer(arrays, finish)


def _take_note(live: LiveVersion, error: ServingError | CancelledError) -> None:
    """What a request that got no result says about its version."""
    if isinstance(error, InferenceFailed):
        live.health.failed()
    elif isinstance(error, CancelledError | DeadlinePassed):
        live.forget_cancelled()


def _statistics(live: LiveVersion) -> ModelStatistics:
    return statistics(live.name, live.version, live.meter)


@contextmanager
def _counted(outcomes: Outcomes, interface: Interface) -> Iterator[None]:
    try:
        yield
    except VersionNotFound:
        raise  # a mistake in an address is no failure of the model
    except ServingError:
        outcomes.failed[interface] += 1
        raise
    outcomes.succeeded[interface] += 1
