"""What /metrics tells."""

from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from modelserver_operator.autoscaling.ratio import METRIC_NAME
from modelserver_operator.cluster import kinds
from modelserver_operator.cluster.transport import Call, Request
from modelserver_operator.controller.events import Event, wishes
from modelserver_operator.controller.known import Known
from modelserver_operator.controller.metrics import Metrics
from modelserver_operator.controller.schedule import Again, Failed
from modelserver_operator.controller.server_gauges import ServerGauges

Samples = dict[tuple[str, ...], float]
"""Values by name and the labels' values, in the order of the labels' names."""

SERVER = {
    "apiVersion": "intel.com/v1alpha1",
    "kind": "ModelServer",
    "metadata": {"namespace": "default", "name": "demo"},
    "status": {
        "replicas": 3,
        "readyReplicas": 2,
        "desiredReplicas": 4,
        "models": [
            {"name": "resnet", "state": "LOADING", "versions": [1]},
            {"name": "bert", "state": "LOADING"},
        ],
        "conditions": [{"type": "Ready", "status": "True"}],
    },
}
DEMO = ("demo", "default", "demo-ovms")


def autoscaler(**spec: object) -> dict[str, Any]:
    target = {"apiVersion": "intel.com/v1alpha1", "kind": "ModelServer", "name": "demo"}
    return {
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"namespace": "default", "name": "any", "uid": "1"},
        "spec": {"scaleTargetRef": target, **spec},
    }


def on_the_ratio(name: str = METRIC_NAME) -> dict[str, Any]:
    metric = {"metric": {"name": name}, "target": {"averageValue": "700m"}}
    return autoscaler(maxReplicas=5, metrics=[{"type": "Pods", "pods": metric}])


def shown(*events: Event, leads: bool = True) -> Samples:
    known = Known()
    for event in events:
        list(wishes(event, known))
    return exposed(Metrics(ServerGauges(known, lambda: leads), lambda: 7.0, lambda: leads))


def exposed(metrics: Metrics) -> Samples:
    return {
        (sample.name, *(text for _, text in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(metrics.exposition().decode())
        for sample in family.samples
    }


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(ServerGauges(Known(), lambda: True), lambda: 7.0, lambda: True)


def test_the_leader_shows_every_model_server() -> None:
    samples = shown(Event(None, SERVER))
    assert samples["modelserver_replicas", *DEMO] == 3
    assert samples["modelserver_ready_replicas", *DEMO] == 2
    assert samples["modelserver_desired_replicas", *DEMO] == 4
    assert samples["modelserver_model_loaded", "resnet", *DEMO] == 1
    assert samples["modelserver_model_loaded", "bert", *DEMO] == 0
    assert samples["modelserver_operator_objects", "Ready", "True"] == 1


def test_an_operator_that_stands_by_shows_none() -> None:
    samples = shown(Event(None, SERVER), leads=False)
    assert samples["modelserver_operator_leader",] == 0
    assert not [name for name, *_ in samples if name == "modelserver_replicas"]


def test_target_and_bound_are_those_of_the_autoscaler_whoever_wrote_it() -> None:
    samples = shown(Event("ADDED", on_the_ratio()))
    assert samples["modelserver_max_replicas", *DEMO] == 5
    assert samples["modelserver_target_ratio", *DEMO] == 0.7


def test_keda_has_them_too() -> None:
    trigger = {"type": "prometheus", "metadata": {"threshold": "0.7"}}
    samples = shown(Event("ADDED", autoscaler(maxReplicaCount=5, triggers=[trigger])))
    assert samples["modelserver_max_replicas", *DEMO] == 5
    assert samples["modelserver_target_ratio", *DEMO] == 0.7


@pytest.mark.parametrize(
    "events",
    [
        [Event("ADDED", on_the_ratio()), Event("DELETED", on_the_ratio())],
        [Event("ADDED", on_the_ratio("other"))],
        [Event("ADDED", autoscaler(maxReplicas=5))],
    ],
)
def test_without_an_autoscaler_on_the_ratio_there_is_no_target(events: list[Event]) -> None:
    names = {name for name, *_ in shown(*events)}
    assert not names & {"modelserver_max_replicas", "modelserver_target_ratio"}


def test_calls_are_counted_by_verb_kind_and_code(metrics: Metrics) -> None:
    request = Request("patch", "/apis/apps/v1/…", kinds.DEPLOYMENT)
    metrics.heard(Call(request, 200, 0.1))
    metrics.heard(Call(request, 200, 0.1))
    metrics.heard(Call(Request("get", "/version"), 0, 20.0))
    samples = exposed(metrics)
    assert samples["modelserver_operator_api_requests_total", "200", "Deployment", "patch"] == 2
    assert samples["modelserver_operator_api_requests_total", "0", "", "get"] == 1


def test_passes_and_the_queue_are_measured(metrics: Metrics) -> None:
    metrics.passed("done", 0.2)
    metrics.passed("error", 0.2)
    metrics.taken(0.5)
    for verdict in (Again(600), Failed()):
        metrics.ended(verdict)
    samples = exposed(metrics)
    assert samples["modelserver_operator_reconcile_seconds_count", "done"] == 1
    assert samples["modelserver_operator_reconcile_errors_total",] == 1
    assert samples["modelserver_operator_queue_latency_seconds_sum",] == 0.5
    assert samples["modelserver_operator_queue_retries_total",] == 1
    assert samples["modelserver_operator_queue_depth",] == 7
