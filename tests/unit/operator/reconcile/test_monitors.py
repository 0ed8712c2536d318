from typing import Any

import pytest

from modelserver_operator.reconcile.monitors import scrapes

SERVICE: dict[str, Any] = {
    "metadata": {"namespace": "a", "labels": {"app": "demo-ovms", "release": "demo"}},
    "spec": {"ports": [{"name": "rest", "port": 8081, "targetPort": 8081}]},
}


def monitor(
    namespace: str = "a", port: dict[str, Any] | None = None, **spec: object
) -> dict[str, Any]:
    spec.setdefault("selector", {"matchLabels": {"app": "demo-ovms"}})
    endpoints = [port or {"port": "rest"}]
    return {"metadata": {"namespace": namespace}, "spec": {"endpoints": endpoints, **spec}}


def expressions(*triples: tuple[str, str, list[str]]) -> dict[str, Any]:
    keys = ("key", "operator", "values")
    return {"matchExpressions": [dict(zip(keys, triple, strict=True)) for triple in triples]}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(monitor(), True, id="by label"),
        pytest.param(monitor(selector={}), True, id="an empty selector takes all"),
        pytest.param(monitor(selector={"matchLabels": {"app": "other"}}), False, id="another's"),
        pytest.param(monitor(port={"port": "metrics"}), False, id="another port"),
        pytest.param(monitor(port={"targetPort": 8081}), True, id="by the pods' port"),
        pytest.param(monitor("b"), False, id="in another namespace"),
        pytest.param(monitor("b", namespaceSelector={"any": True}), True, id="in all"),
        pytest.param(monitor("b", namespaceSelector={"matchNames": ["a"]}), True, id="in ours"),
        pytest.param(monitor(namespaceSelector={"matchNames": ["b"]}), False, id="only in another"),
        pytest.param(
            monitor(selector=expressions(("app", "In", ["x", "demo-ovms"]))), True, id="In"
        ),
        pytest.param(
            monitor(selector=expressions(("app", "NotIn", ["demo-ovms"]))), False, id="NotIn"
        ),
        pytest.param(monitor(selector=expressions(("team", "Exists", []))), False, id="Exists"),
        pytest.param(
            monitor(selector=expressions(("team", "DoesNotExist", []))), True, id="DoesNotExist"
        ),
    ],
)
def test_whether_a_monitor_has_the_service_scraped(found: dict[str, Any], expected: bool) -> None:
    assert scrapes(found, SERVICE) is expected
