"""What a run is told to do, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from modelserver_runtime.settings import Shapes


class ApiName(StrEnum):
    """The protocols; KFS and TFS carry the names that OpenVINO Model Server's client gave them."""

    KFS = "KFS"
    TFS = "TFS"
    REST = "REST"
    REST_BINARY = "REST_BINARY"
    TFS_REST = "TFS_REST"

    @property
    def is_grpc(self) -> bool:
        """Whether it is spoken on the gRPC port."""
        return self in (ApiName.KFS, ApiName.TFS)


class Arrivals(StrEnum):
    """How the requests of an open loop are spread over time."""

    POISSON = "poisson"
    CONSTANT = "constant"


@dataclass(frozen=True, slots=True)
class Target:
    """The model to ask, and where it is served. A version of None leaves the choice to the server.

    Attributes:
        address: a name or an address, an IPv6 one without brackets.
        timeout: seconds that a request may take.
    """

    address: str
    grpc_port: int | None
    rest_port: int | None
    model: str
    version: int | None
    timeout: float


@dataclass(frozen=True, slots=True)
class DataOptions:
    """What to send. ``files`` leaves nothing to the other fields, which describe made-up tensors.

    Attributes:
        batch_sizes: take turns as the first axis of every input; empty keeps the model's own.
        shapes: sizes for the axes that the model leaves open.
    """

    files: tuple[str, ...] = ()
    batch_sizes: tuple[int, ...] = ()
    shapes: Shapes | None = None
    min_value: float = 0.0
    max_value: float = 255.0


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """When to send it; at least one of ``steps`` and ``duration`` is given.

    Attributes:
        concurrency: connections, each with at most one request on it.
        steps: requests of each connection, or of all together where a rate is given.
        duration: seconds in which requests are sent, warm-up included.
        warmup: seconds whose requests the window leaves out.
        window: seconds after the warm-up that are measured; None is all of them.
        rate: requests a second that are sent whatever the answers do; None waits for answers.
    """

    concurrency: int
    steps: int | None = None
    duration: float | None = None
    warmup: float = 0.0
    window: float | None = None
    rate: float | None = None
    arrivals: Arrivals = Arrivals.POISSON


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """What to print; with nothing chosen it is the summary."""

    id: str
    report_warmup: bool = False
    print_all: bool = False
    print_summary: bool = False
    json: bool = False
    quantiles: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """The model that servers of our own are to serve."""

    model_path: str
    target_device: str = "CPU"


@dataclass(frozen=True, slots=True)
class Options:
    """A whole command line.

    Attributes:
        list_models: only list what is served.
        comparison: compare servers of our own, instead of asking one that is there.
    """

    target: Target
    api: ApiName
    data: DataOptions
    load: LoadOptions
    report: ReportOptions
    list_models: bool = False
    comparison: Comparison | None = None
