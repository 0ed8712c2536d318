"""All ModelServers beside each other: who is short of what."""

from typing import Final

from grafana_foundation_sdk.builders import table
from grafana_foundation_sdk.builders.dashboard import Dashboard

from modelserver_operator.monitoring import queries, series
from modelserver_operator.monitoring.dashboards import single
from modelserver_operator.monitoring.dashboards.document import Panels, dashboard
from modelserver_operator.monitoring.dashboards.panels import (
    COUNT,
    RATE,
    SECONDS,
    SHARE,
    Column,
    Curve,
    graph,
    listing,
    number,
)
from modelserver_operator.monitoring.dashboards.variables import WINDOW, any_of

_WHICH: Final = 'namespace=~"$namespace"'
_NAME: Final = "{{namespace}}/{{service}}"
_IN_DEPTH: Final = (
    f"/d/{single.UID}?var-namespace=${{__data.fields.Namespace}}&var-server=${{__value.raw}}"
)

_PODS: Final = queries.gauge(series.REPLICAS, _WHICH)
_READY: Final = queries.gauge(series.READY_REPLICAS, _WHICH)
_WANTED: Final = queries.gauge(series.DESIRED_REPLICAS, _WHICH)
_MOST: Final = queries.gauge(series.MAX_REPLICAS, _WHICH)
_TARGET: Final = queries.gauge(series.TARGET_RATIO, _WHICH)
_RATIO: Final = queries.ratio(_WHICH, WINDOW)
_ANSWERED: Final = queries.inferences(_WHICH, WINDOW)
_FAILED: Final = queries.failures(_WHICH, WINDOW)
_FAILED_SHARE: Final = queries.failed_share(_WHICH, WINDOW)
_LATENCY: Final = {
    name: queries.latency(quantile, _WHICH, WINDOW) for name, quantile in queries.QUANTILES.items()
}


def _numbers() -> Panels:
    return (
        number("ModelServers", f"count({_PODS})", COUNT),
        number("Pods that answer", f"sum({_READY})", COUNT),
        number("At their most pods", f"count({_PODS} >= {_MOST}) or vector(0)", COUNT),
        number("Above their target", f"count({_RATIO} > {_TARGET}) or vector(0)", COUNT),
        number("Answered a second", f"sum({_ANSWERED})", RATE),
        number("Failed a second", f"sum({_FAILED})", RATE),
    )


def _table() -> table.Panel:
    return listing(
        "Every ModelServer",
        "As of now. A click on a Service leads to its ModelServer in depth.",
        {"namespace": "Namespace", "service": "Service"},
        [
            Column("Ratio", _RATIO, COUNT),
            Column("Target", _TARGET, COUNT),
            Column("Ready", _READY, COUNT),
            Column("Pods", _PODS, COUNT),
            Column("Wanted", _WANTED, COUNT),
            Column("Most", _MOST, COUNT),
            Column("Answered", _ANSWERED, RATE),
            Column("Failed", _FAILED, RATE),
            *(Column(name, latency, SECONDS) for name, latency in _LATENCY.items()),
        ],
        link=_IN_DEPTH,
    )


def _autoscaling() -> Panels:
    return (
        graph(
            "Ratio",
            "Requests in progress per stream, the mean over the pods, and what is aimed for.",
            COUNT,
            Curve(_RATIO, _NAME),
            Curve(_TARGET, f"{_NAME} target"),
        ),
        graph(
            "Pods",
            "How many there are, how many are wanted, and how many there may be.",
            COUNT,
            Curve(_PODS, _NAME),
            Curve(_WANTED, f"{_NAME} wanted"),
            Curve(_MOST, f"{_NAME} most"),
        ),
    )


def _requests() -> Panels:
    return (
        graph("Answered", "Inferences a second.", RATE, Curve(_ANSWERED, _NAME)),
        graph("Failed", "Inferences a second that failed.", RATE, Curve(_FAILED, _NAME)),
        graph("Failed share", "Of all inferences.", SHARE, Curve(_FAILED_SHARE, _NAME)),
        *(
            graph(
                f"Latency, {name}", "In the server, waiting included.", SECONDS, Curve(query, _NAME)
            )
            for name, query in _LATENCY.items()
        ),
    )


def fleet() -> Dashboard:
    """The dashboard of all ModelServers."""
    return dashboard(
        "ModelServers",
        "modelserver-fleet",
        "Load, pods and latency of every ModelServer.",
        [any_of("namespace", "namespace")],
        {
            "Now": (*_numbers(), _table()),
            "Autoscaling": _autoscaling(),
            "Requests": _requests(),
        },
    )
