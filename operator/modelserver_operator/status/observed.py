"""All that is known of one ModelServer at one moment, as values.

`observing` fills these in from the API server and from the servers themselves; the status is a
pure function of them. What could not be read is None, which is not the same as nothing being there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from modelserver_operator.status.facts import PassFacts


@dataclass(frozen=True, slots=True)
class Said:
    """A condition as somebody else reports it: a Deployment, a pod, an autoscaler."""

    type: str
    status: str
    reason: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Workload:
    """The Deployment.

    Attributes:
        replicas: pods there are, whatever their state.
        updated: those among them that run the newest template.
        wanted: `spec.replicas`.
        conditions: by type.
    """

    replicas: int = 0
    ready: int = 0
    updated: int = 0
    wanted: int = 1
    conditions: Mapping[str, Said] | None = None


@dataclass(frozen=True, slots=True)
class ServedVersion:
    """A version of a model, as a server reports it.

    Attributes:
        version: 0 where the server has no version of the model at all.
        state: such as AVAILABLE or LOADING.
        error: the server's own words, empty where all is well.
        devices: where it runs; empty where the server does not tell.
    """

    model: str
    version: int
    state: str
    error: str = ""
    devices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod that is not on its way out.

    Attributes:
        running: whether its containers were started.
        ready: whether the Service sends requests to it.
        current: whether it runs the Deployment's newest template.
        unschedulable: the scheduler's words, where it finds no node.
        waiting: reason and message of the container, where it cannot start.
        terminated: how the container last ended, if it did: `Error, exit code 1: …`.
        restarts: how often the container was started again.
        events: reasons and messages of its warnings, newest first; read only while it starts.
        models: what its server answers; None where it was not asked or gave no answer.
        unreachable: why the server gave no answer.
    """

    name: str
    running: bool = False
    ready: bool = False
    current: bool = True
    unschedulable: str = ""
    waiting: Said | None = None
    terminated: str = ""
    restarts: int = 0
    events: tuple[Said, ...] = ()
    models: tuple[ServedVersion, ...] | None = None
    unreachable: str = ""


@dataclass(frozen=True, slots=True)
class Autoscaler:
    """An autoscaler that targets the ModelServer or its Deployment.

    Attributes:
        kind: HorizontalPodAutoscaler or ScaledObject.
        ours: whether this ModelServer owns it, or owns what made it.
        desired: the replicas it asks for.
        reads_ratio: whether the ratio is among its metrics.
        ratio: the ratio that it read last, averaged over the pods.
        conditions: by type.
    """

    kind: str
    name: str
    ours: bool = True
    targets_deployment: bool = False
    desired: int | None = None
    reads_ratio: bool = False
    ratio: Decimal | None = None
    conditions: Mapping[str, Said] | None = None


class Link(StrEnum):
    """The links of the chain from the server to the autoscaler, in order."""

    SERVER = "server"
    MONITOR = "monitor"
    SCRAPE = "scrape"
    RATIO = "ratio"
    ADAPTER = "adapter"
    AUTOSCALER = "autoscaler"


class Verdict(StrEnum):
    """What was found of a link."""

    HOLDS = "holds"
    BROKEN = "broken"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one link; `reason` is a reason of the condition MetricsAvailable."""

    link: Link
    verdict: Verdict
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Chain:
    """The links that were looked at, in order, and the ratios met on the way.

    Attributes:
        asked: the ratio that Prometheus gives for our own query, averaged over the pods.
        served: the ratio that the custom metrics API serves, averaged over the pods.
    """

    findings: tuple[Finding, ...] = ()
    asked: Decimal | None = None
    served: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """What a ModelServer asks for, as far as the status speaks of it.

    Attributes:
        label_selector: the pods' selector, as `/scale` hands it on.
        grpc: address of the gRPC API.
        rest: URL of the REST API.
        models: names that have to answer; None where only the servers know them.
        device: what the spec asks for, for servers that do not tell where a model runs.
        paused: whether no replicas are wanted.
        provider: hpa or keda where an autoscaler is asked for.
        measured: whether anything is to read the metrics.
        window: the time over which the ratio is averaged.
        host_path: the field that names a folder of the node, if one does.
    """

    label_selector: str
    grpc: str
    rest: str
    models: tuple[str, ...] | None
    device: str
    paused: bool = False
    provider: str | None = None
    measured: bool = False
    window: str = "1m"
    host_path: str | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """All of it.

    Attributes:
        expected: None where the spec is not valid.
        workload: None where there is no Deployment.
        chain: None where nothing needs the metrics, or they were not looked at.
    """

    facts: PassFacts
    expected: Expected | None = None
    workload: Workload | None = None
    pods: tuple[Pod, ...] = ()
    autoscalers: tuple[Autoscaler, ...] = ()
    chain: Chain | None = None
