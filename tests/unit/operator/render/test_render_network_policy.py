"""Who is let in. What a NetworkPolicy means is worked out here by Kubernetes' rules."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from modelserver_operator.render import Objects, Settings
from modelserver_operator.render.context import Peer

Rendered = Callable[..., Objects]
Labels = Mapping[str, str]

SETTINGS = Settings(
    operator_pods=Peer("platform", {"app": "operator"}),
    prometheus_pods=Peer("metrics", {"app": "prometheus"}),
)
WEB = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "web"}}}]
ANYONE = [{"ipBlock": {"cidr": "0.0.0.0/0"}}]


def selects(selector: Mapping[str, Any], labels: Labels) -> bool:
    assert set(selector) <= {"matchLabels"}
    wanted: Labels = selector.get("matchLabels", {})
    return wanted.items() <= labels.items()


def admits(peer: Mapping[str, Any], namespace: str, labels: Labels) -> bool:
    """Whether a peer of a policy in the namespace `default` means a pod of another one."""
    if "ipBlock" in peer:
        return True
    home = {"kubernetes.io/metadata.name": namespace}
    there = (
        selects(peer["namespaceSelector"], home)
        if "namespaceSelector" in peer
        else namespace == "default"
    )
    return there and selects(peer.get("podSelector", {}), labels)


def open_ports(objects: Objects, namespace: str, labels: Labels) -> set[str]:
    assert objects.network_policy is not None
    rules = objects.network_policy["spec"]["ingress"]
    assert all(rule["from"] for rule in rules), "a rule without peers admits everyone"
    return {
        port["port"]
        for rule in rules
        for port in rule["ports"]
        if any(admits(peer, namespace, labels) for peer in rule["from"])
    }


BOTH = {"grpc", "rest"}


@pytest.mark.parametrize(
    ("clients", "namespace", "labels", "ports"),
    [
        (None, "platform", {"app": "operator"}, {"rest"}),
        (None, "platform", {"app": "other"}, set()),
        (None, "metrics", {"app": "prometheus", "shard": "1"}, {"rest"}),
        (None, "default", {"app": "anything"}, BOTH),
        (None, "web", {}, set()),
        (WEB, "web", {}, BOTH),
        (WEB, "default", {}, set()),
        (WEB, "metrics", {"app": "prometheus"}, {"rest"}),
        ([], "default", {}, set()),
        ([], "platform", {"app": "operator"}, {"rest"}),
        (ANYONE, "web", {}, BOTH),
    ],
)
def test_the_ports_that_are_open_to_a_pod(
    rendered: Rendered, clients: object, namespace: str, labels: Labels, ports: set[str]
) -> None:
    spec = {"network_policy": {"enabled": True, "clients": clients}}
    assert open_ports(rendered(spec, settings=SETTINGS), namespace, labels) == ports


def test_it_is_about_the_servers_own_pods_and_their_incoming_traffic(rendered: Rendered) -> None:
    objects = rendered({"network_policy": {"enabled": True}})
    assert objects.network_policy is not None
    spec = objects.network_policy["spec"]
    pods = objects.deployment["spec"]["selector"]
    assert (spec["podSelector"], spec["policyTypes"]) == (pods, ["Ingress"])


@pytest.mark.parametrize("policy", [{}, {"enabled": False}, {"clients": WEB}])
def test_there_is_none_unless_it_is_asked_for(rendered: Rendered, policy: object) -> None:
    assert rendered({"network_policy": policy}).network_policy is None
