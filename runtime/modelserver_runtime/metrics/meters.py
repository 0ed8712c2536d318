"""The counters themselves: plain attributes that only the event loop's thread touches.

A metrics library's counters are guarded by locks, and a handful of them costs more than the
inference of a small model.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from enum import StrEnum
from itertools import accumulate
from time import perf_counter
from typing import Final, NamedTuple

BOUNDS: Final = tuple(int(10 * 1.8**power) for power in range(33))
"""Upper bounds of every histogram's buckets, in microseconds."""


class Api(StrEnum):
    """Whose protocol a request speaks, as the label ``api`` says it."""

    __hash__ = str.__hash__  # Enum's own is written in Python, and every request asks for it

    KSERVE = "KServe"
    TENSORFLOW_SERVING = "TensorFlowServing"


class Interface(StrEnum):
    """How a request came in, as the label ``interface`` says it."""

    __hash__ = str.__hash__  # Enum's own is written in Python, and every request asks for it

    GRPC = "gRPC"
    REST = "REST"


class Method(StrEnum):
    """What was asked for, as the label ``method`` says it."""

    MODEL_INFER = "ModelInfer"
    MODEL_METADATA = "ModelMetadata"
    MODEL_READY = "ModelReady"
    PREDICT = "Predict"
    GET_MODEL_METADATA = "GetModelMetadata"
    GET_MODEL_STATUS = "GetModelStatus"


class Histogram:
    """Observed durations, counted by bucket."""

    __slots__ = ("_counts", "sum")

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS) + 1)
        self.sum = 0.0  # microseconds

    def observe(self, seconds: float) -> None:
        microseconds = seconds * 1e6
        self._counts[bisect_left(BOUNDS, microseconds)] += 1
        self.sum += microseconds

    def cumulative(self) -> list[int]:
        """How many observations were at most each of BOUNDS; last, how many there were at all."""
        return list(accumulate(self._counts))


class Outcomes:
    """How many requests of one method succeeded and failed, by interface."""

    __slots__ = ("failed", "succeeded")

    def __init__(self) -> None:
        self.succeeded = dict.fromkeys(Interface, 0)
        self.failed = dict.fromkeys(Interface, 0)


def _by_api() -> dict[Api, Outcomes]:
    return {api: Outcomes() for api in Api}


class VersionMeter:
    """What is counted for one version of one model.

    Attributes:
        infer: outcomes of inferences, by the protocol they were asked for in.
        metadata: outcomes of questions for metadata, likewise. Those about the state are counted
            by model.
        input_seconds: time that successful inferences took before they could be queued.
        failed_seconds: time that failed ones took.
        last_ended: when the last successful one was answered, on perf_counter's clock.
        in_progress: requests in the server now, queued ones included.
        streams: execution streams of the compiled model, 0 while none is loaded.
        nireq: its infer requests, likewise.
        active: tells how many of them are in use.
        devices: those that it runs on, none while none is loaded.
        loaded_from_cache: whether it was read from the model cache; None where there is none.
        load_seconds: how long it took from the repository to here; None while none is loaded.
    """

    __slots__ = (
        "_changed",
        "_integral",
        "active",
        "devices",
        "failed_seconds",
        "in_progress",
        "infer",
        "inference_time",
        "input_seconds",
        "last_ended",
        "load_seconds",
        "loaded_from_cache",
        "metadata",
        "nireq",
        "request_time",
        "streams",
        "wait_time",
    )

    def __init__(self) -> None:
        self.infer = _by_api()
        self.metadata = _by_api()
        self.request_time = {interface: Histogram() for interface in Interface}
        self.inference_time = Histogram()
        self.wait_time = Histogram()
        self.input_seconds = 0.0
        self.failed_seconds = 0.0
        self.last_ended: float | None = None
        self.in_progress = 0
        self._integral = 0.0
        self._changed = perf_counter()
        self.unload()

    def load(self, streams: int, nireq: int, active: Callable[[], int]) -> None:
        """A compiled model begins to serve."""
        self.streams = streams
        self.nireq = nireq
        self.active = active
        self.devices: tuple[str, ...] = ()
        self.loaded_from_cache: bool | None = None
        self.load_seconds: float | None = None

    def move(self, devices: tuple[str, ...], streams: int) -> None:
        """The compiled model runs there from now on."""
        self.devices = devices
        self.streams = streams

    def unload(self) -> None:
        """The compiled model is gone; what was counted stays."""
        self.load(0, 0, lambda: 0)

    def enter(self) -> None:
        """A request was received."""
        self._integrate()
        self.in_progress += 1

    def leave(self) -> None:
        """A request was answered."""
        self._integrate()
        self.in_progress -= 1

    @property
    def integral(self) -> float:
        """Requests in progress, added up over time until now, in request-seconds."""
        self._integrate()
        return self._integral

    def _integrate(self) -> None:
        now = perf_counter()
        self._integral += self.in_progress * (now - self._changed)
        self._changed = now


class VersionSeries(NamedTuple):
    """A meter and the labels that tell it from others."""

    name: str
    version: int
    meter: VersionMeter


class Metrics:
    """The meters of all models."""

    def __init__(self) -> None:
        self._versions: dict[tuple[str, int], VersionMeter] = {}
        self._states: dict[str, dict[Api, Outcomes]] = {}

    def version(self, name: str, version: int) -> VersionMeter:
        """The meter of a version, made at first use: from then on all its series exist."""
        self.state(name)
        return self._versions.setdefault((name, version), VersionMeter())

    def state(self, name: str) -> dict[Api, Outcomes]:
        """The outcomes of questions about a model's state; they carry no version."""
        return self._states.setdefault(name, _by_api())

    def version_series(self) -> Iterator[VersionSeries]:
        for (name, version), meter in self._versions.items():
            yield VersionSeries(name, version, meter)

    def state_series(self) -> Iterator[tuple[str, dict[Api, Outcomes]]]:
        yield from self._states.items()
