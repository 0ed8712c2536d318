"""One ModelServer in depth: its models and pods, where a request's time goes, how it starts."""

from hashlib import sha256
from typing import Final, NamedTuple

from grafana_foundation_sdk.builders.dashboard import Dashboard

from modelserver_operator.autoscaling import ratio
from modelserver_operator.monitoring import queries, series
from modelserver_operator.monitoring.dashboards.document import Panels, dashboard
from modelserver_operator.monitoring.dashboards.panels import (
    COUNT,
    RATE,
    SECONDS,
    SHARE,
    Curve,
    graph,
    number,
)
from modelserver_operator.monitoring.dashboards.variables import WINDOW, any_of, one_of

UID: Final = "modelserver"
"""Of the dashboard for any one ModelServer."""

_SERVER: Final = 'namespace="$namespace",service="$server"'
_MODELS: Final = f'{_SERVER},name=~"$model"'
_MODEL_AND_POD: Final = "{{name}} in {{pod}}"
_VERSION_AND_POD: Final = "{{name}} {{version}} in {{pod}}"

_PODS: Final = queries.gauge(series.REPLICAS, _SERVER)
_READY: Final = queries.gauge(series.READY_REPLICAS, _SERVER)
_WANTED: Final = queries.gauge(series.DESIRED_REPLICAS, _SERVER)
_MOST: Final = queries.gauge(series.MAX_REPLICAS, _SERVER)
_TARGET: Final = queries.gauge(series.TARGET_RATIO, _SERVER)
_RATIO: Final = queries.ratio(_SERVER, WINDOW)


def _numbers() -> Panels:
    return (
        number("Ratio", _RATIO, COUNT, of_a_row=8),
        number("Target", _TARGET, COUNT, of_a_row=8),
        number("Pods ready", _READY, COUNT, of_a_row=8),
        number("Pods wanted", _WANTED, COUNT, of_a_row=8),
        number("Most pods", _MOST, COUNT, of_a_row=8),
        number("Answered a second", queries.inferences(_MODELS, WINDOW), RATE, of_a_row=8),
        number("Failed", queries.failed_share(_MODELS, WINDOW), SHARE, of_a_row=8),
        number(
            "Latency, p99",
            queries.latency(queries.QUANTILES["p99"], _MODELS, WINDOW),
            SECONDS,
            of_a_row=8,
        ),
    )


def _autoscaling() -> Panels:
    return (
        graph(
            "Ratio",
            "Requests in progress per stream of each pod, their mean, and what is aimed for.",
            COUNT,
            Curve(ratio.per_pod(_SERVER, WINDOW), "{{pod}}"),
            Curve(_RATIO, "mean"),
            Curve(_TARGET, "target"),
        ),
        graph(
            "Pods",
            "How many there are, how many answer, how many are wanted, and how many there may be.",
            COUNT,
            Curve(_PODS, "pods"),
            Curve(_READY, "ready"),
            Curve(_WANTED, "wanted"),
            Curve(_MOST, "most"),
        ),
    )


def _requests() -> Panels:
    return (
        graph(
            "Answered, by model",
            "Inferences a second.",
            RATE,
            Curve(queries.inferences(_MODELS, WINDOW, by="name, version"), "{{name}} {{version}}"),
        ),
        graph(
            "Answered, by pod",
            "Inferences a second. Clients that keep a connection stay with one pod.",
            RATE,
            Curve(queries.inferences(_MODELS, WINDOW, by="pod"), "{{pod}}"),
        ),
        graph(
            "Failed",
            "Inferences a second that failed.",
            RATE,
            Curve(
                queries.failures(_MODELS, WINDOW, by="name, pod, interface"),
                f"{_MODEL_AND_POD}, {{{{interface}}}}",
            ),
        ),
        graph(
            "Latency",
            "In the server, waiting included.",
            SECONDS,
            *(
                Curve(queries.latency(quantile, _MODELS, WINDOW, by="name"), f"{{{{name}}}} {name}")
                for name, quantile in queries.QUANTILES.items()
            ),
        ),
    )


def _time() -> Panels:
    return (
        graph(
            "Where a request's time goes",
            "The mean time that inferences waited for a free infer request, and that they ran.",
            SECONDS,
            *(
                Curve(
                    queries.mean_seconds(stage, _MODELS, WINDOW, by="name"), f"{{{{name}}}} {doing}"
                )
                for stage, doing in (
                    (series.WAIT_TIME, "waits"),
                    (series.INFERENCE_TIME, "runs"),
                )
            ),
            stacked=True,
        ),
        graph(
            "Queue",
            "Requests that wait for a free infer request, on average.",
            COUNT,
            Curve(queries.waiting(_MODELS, WINDOW), _MODEL_AND_POD),
            stacked=True,
        ),
        graph(
            "Requests in progress",
            "Queued ones included, on average.",
            COUNT,
            Curve(ratio.in_progress(_MODELS, WINDOW), _MODEL_AND_POD),
            stacked=True,
        ),
        graph(
            "Streams",
            "Inferences that can run at a time. A version that was unloaded has none.",
            COUNT,
            Curve(f"{ratio.STREAMS}{{{_MODELS}}}", _VERSION_AND_POD),
        ),
    )


def _starts() -> Panels:
    return (
        graph(
            "Cold start",
            "From the repository to the first inference, at the last load. Our runtime only.",
            SECONDS,
            Curve(f"{series.LOAD_SECONDS}{{{_MODELS}}}", _VERSION_AND_POD),
        ),
        graph(
            "From the model cache",
            "1 where the compiled model was read from the model cache, 0 where it was not in it.",
            COUNT,
            Curve(f"{series.LOADED_FROM_CACHE}{{{_MODELS}}}", _VERSION_AND_POD),
        ),
        graph(
            "Devices",
            "In how many pods a model runs on a device. Our runtime only.",
            COUNT,
            Curve(
                f"sum by (name, version, device) ({series.EXECUTION_DEVICE}{{{_MODELS}}})",
                "{{name}} {{version}} on {{device}}",
            ),
            stacked=True,
        ),
        graph(
            "Loaded models",
            "1 where any pod answers for a model.",
            COUNT,
            Curve(queries.gauge(series.MODEL_LOADED, _SERVER, by="model"), "{{model}}"),
        ),
    )


class Subject(NamedTuple):
    """The one ModelServer that a dashboard is made for."""

    namespace: str
    name: str
    service: str


def single(of: Subject | None = None) -> Dashboard:
    """The dashboard of one ModelServer: the one that is named, or any."""
    return dashboard(
        f"ModelServer {of.namespace}/{of.name}" if of else "ModelServer",
        f"{UID}-{_digest(of)}" if of else UID,
        "Models, pods and starts of one ModelServer.",
        [
            one_of("namespace", "namespace", chosen=of and of.namespace),
            one_of("server", "service", 'namespace="$namespace"', chosen=of and of.service),
            any_of("model", "name", _SERVER),
        ],
        {
            "Now": _numbers(),
            "Autoscaling": _autoscaling(),
            "Requests": _requests(),
            "Time": _time(),
            "Starts": _starts(),
        },
    )


def _digest(of: Subject) -> str:
    """A part of an address, which is too short for the names themselves."""
    return sha256(f"{of.namespace}/{of.name}".encode()).hexdigest()[:24]
