"""What a pass makes, puts back, takes away, and leaves alone."""

from __future__ import annotations

from typing import Any

import pytest

from control_plane import Kubectl
from control_plane.passes import Passes, model_server
from modelserver_operator.reconcile import Verdict

CHILDREN = "deploy,svc,pdb,hpa,servicemonitor,secret,scaledobject,networkpolicy"

EVERYTHING: dict[str, Any] = {
    "autoscaling": {"enabled": True},
    "monitoring": {"service_monitor": {"enabled": True}},
    "network_policy": {"enabled": True},
    "models_repository": {"aws_access_key_id": "me", "aws_secret_access_key": "secret"},
    "deployment_parameters": {"env": [{"name": "A", "value": "b"}], "labels": {"team": "ml"}},
}


def kinds(kubectl: Kubectl) -> set[str]:
    return {one["kind"] for one in kubectl.list(CHILDREN)}


async def test_a_model_server_gets_all_that_it_asks_for(
    kubectl: Kubectl, reconcile: Passes
) -> None:
    kubectl.apply(model_server(**EVERYTHING))
    assert (await reconcile()).verdict is Verdict.DONE
    assert kinds(kubectl) == {
        "Deployment",
        "Service",
        "PodDisruptionBudget",
        "HorizontalPodAutoscaler",
        "ServiceMonitor",
        "Secret",
        "NetworkPolicy",
    }


@pytest.mark.parametrize("restarted", [False, True], ids=["again", "by a new process"])
async def test_a_pass_with_nothing_to_do_writes_nothing_and_reads_each_child_once(
    restarted: bool, kubectl: Kubectl, reconcile: Passes
) -> None:
    kubectl.apply(model_server(**EVERYTHING))
    await reconcile()
    again = reconcile.restarted() if restarted else reconcile
    outcome = await again()
    assert (again.writes, outcome.changes) == ([], ())
    paths = [call.request.path for call in again.calls]
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize(
    "damage",
    [
        "set image deploy/demo-ovms ovms=other",
        "set env deploy/demo-ovms A=other",
        "set env deploy/demo-ovms A-",
        "scale deploy/demo-ovms --replicas=5",
        "label svc/demo-ovms app-",
        "label deploy/demo-ovms app=other --overwrite",
        "annotate deploy/demo-ovms intel.com/applied-",
        'patch hpa/demo-ovms -p {"spec":{"maxReplicas":9}}',
        'patch svc/demo-ovms -p {"metadata":{"ownerReferences":null}}',
        'patch svc/demo-ovms --type=json -p [{"op":"remove","path":"/spec/ports/0"}]',
        'patch networkpolicy/demo-ovms --type=json -p [{"op":"remove","path":"/spec/ingress"}]',
        'patch secret/demo-ovms-aws-secret -p {"data":{"secret_access_key":"eA=="}}',
        'patch servicemonitor/demo-ovms --type=merge -p {"spec":{"endpoints":[]}}',
        "delete deploy/demo-ovms",
        "delete svc/demo-ovms",
        "delete pdb/demo-ovms",
        "delete secret/demo-ovms-aws-secret",
    ],
)
async def test_what_somebody_changes_or_deletes_is_put_back(
    damage: str, kubectl: Kubectl, reconcile: Passes
) -> None:
    kubectl.apply(model_server(**EVERYTHING))
    await reconcile()
    before = {one["kind"]: contents(one) for one in kubectl.list(CHILDREN)}
    kubectl(*damage.split(" "))
    await reconcile()
    assert {one["kind"]: contents(one) for one in kubectl.list(CHILDREN)} == before
    await reconcile()
    assert reconcile.writes == []


def contents(thing: dict[str, Any]) -> Any:  # noqa: ANN401
    """What a manifest says, without what the API server and controllers add."""
    metadata = thing["metadata"]
    annotations = metadata.get("annotations", {})
    annotations.pop("deployment.kubernetes.io/revision", None)
    spec = dict(thing.get("spec", {}))
    for chosen in ("clusterIP", "clusterIPs"):
        spec.pop(chosen, None)
    return [
        metadata.get("labels"),
        annotations,
        metadata["ownerReferences"],
        spec,
        thing.get("data"),
    ]


async def test_what_others_add_stays(kubectl: Kubectl, reconcile: Passes) -> None:
    kubectl.apply(model_server())
    await reconcile()
    kubectl("annotate", "svc", "demo-ovms", "cloud.example/balancer=internal")
    kubectl.apply(model_server(service_parameters={"grpc_port": 9000}))
    await reconcile()
    assert kubectl.get("svc", "demo-ovms")["metadata"]["annotations"]["cloud.example/balancer"]


async def test_what_is_not_asked_for_any_more_goes(kubectl: Kubectl, reconcile: Passes) -> None:
    kubectl.apply(model_server(**EVERYTHING))
    await reconcile()
    kubectl.apply(model_server())
    await reconcile()
    assert kinds(kubectl) == {"Deployment", "Service"}
    await reconcile()
    assert reconcile.writes == []


async def test_changed_ports_strategy_variables_and_labels_replace_the_old_ones(
    kubectl: Kubectl, reconcile: Passes
) -> None:
    kubectl.apply(model_server(**EVERYTHING))
    await reconcile()
    changed = {
        "service_parameters": {"grpc_port": 9000, "rest_port": 9001},
        "deployment_parameters": {"update_strategy": {"type": "Recreate"}},
    }
    kubectl.apply(model_server(**changed))
    assert (await reconcile()).verdict is Verdict.DONE
    ports = kubectl.get("svc", "demo-ovms")["spec"]["ports"]
    deployment = kubectl.get("deploy", "demo-ovms")["spec"]
    assert [port["port"] for port in ports] == [9000, 9001]
    assert deployment["strategy"] == {"type": "Recreate"}
    assert "env" not in deployment["template"]["spec"]["containers"][0]
    assert "team" not in deployment["template"]["metadata"]["labels"]


async def test_of_two_servers_with_one_name_for_their_objects_the_second_stalls(
    kubectl: Kubectl, reconcile: Passes
) -> None:
    kubectl.apply(model_server("demo"), model_server("demo-ovms", **EVERYTHING))
    await reconcile("demo")
    before = [contents(one) for one in kubectl.list(CHILDREN)]
    outcome = await reconcile("demo-ovms")
    assert outcome.verdict is Verdict.STALLED
    assert [contents(one) for one in kubectl.list(CHILDREN)] == before
    stalled = condition(kubectl.get("ms", "demo-ovms"), "Stalled")
    assert (stalled["status"], stalled["reason"]) == ("True", "NameCollision")
    assert "ModelServer demo" in stalled["message"]


def condition(server: dict[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        one for one in server["status"]["conditions"] if one["type"] == kind
    )
    return found


@pytest.mark.parametrize(
    "users",
    [
        pytest.param(
            {
                "apiVersion": "monitoring.coreos.com/v1",
                "kind": "ServiceMonitor",
                "metadata": {"name": "demo-ovms", "labels": {"mine": "yes"}},
                "spec": {
                    "selector": {"matchLabels": {"app": "demo-ovms"}},
                    "endpoints": [{"port": "rest"}],
                },
            },
            id="ServiceMonitor",
        ),
        pytest.param(
            {
                "apiVersion": "policy/v1",
                "kind": "PodDisruptionBudget",
                "metadata": {"name": "demo-ovms", "labels": {"mine": "yes"}},
                "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "demo-ovms"}}},
            },
            id="PodDisruptionBudget",
        ),
    ],
)
async def test_a_users_object_of_our_name_is_left_alone_and_the_rest_is_made(
    users: dict[str, Any], kubectl: Kubectl, reconcile: Passes
) -> None:
    kubectl.apply(users)
    kubectl.apply(model_server(**EVERYTHING))
    assert (await reconcile()).verdict is Verdict.DONE
    found = kubectl.get(users["kind"], "demo-ovms")
    assert found["metadata"]["labels"] == {"mine": "yes"}
    assert "ownerReferences" not in found["metadata"]
    assert "HorizontalPodAutoscaler" in kinds(kubectl)
    await reconcile()
    assert reconcile.writes == []


async def test_a_users_monitor_of_any_name_spares_ours(kubectl: Kubectl, reconcile: Passes) -> None:
    kubectl.apply(model_server(**EVERYTHING))
    await reconcile()
    kubectl.apply(
        {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "ServiceMonitor",
            "metadata": {"name": "all-servers"},
            "spec": {"selector": {}, "endpoints": [{"port": "rest"}]},
        }
    )
    await reconcile()
    monitors = [one["metadata"]["name"] for one in kubectl.list("servicemonitor")]
    assert monitors == ["all-servers"]


async def test_a_typo_in_an_affinity_stalls_and_is_named(
    kubectl: Kubectl, reconcile: Passes
) -> None:
    affinity = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerm": []}}
    kubectl.apply(model_server(deployment_parameters={"node_affinity": affinity}))
    outcome = await reconcile()
    assert outcome.verdict is Verdict.STALLED
    stalled = condition(kubectl.get("ms", "demo"), "Stalled")
    assert stalled["reason"] == "Refused"
    assert "nodeSelectorTerm" in stalled["message"]
    kubectl.apply(model_server())
    assert (await reconcile()).verdict is Verdict.DONE


async def test_leftovers_of_a_deleted_server_of_the_same_name_are_waited_for(
    kubectl: Kubectl, reconcile: Passes
) -> None:
    owner = {
        "apiVersion": "intel.com/v1alpha1",
        "kind": "ModelServer",
        "name": "demo",
        "uid": "00000000-0000-0000-0000-000000000000",
        "controller": True,
    }
    held = {"name": "demo-ovms", "ownerReferences": [owner], "finalizers": ["example.com/held"]}
    ports = {"ports": [{"name": "rest", "port": 8081}]}
    kubectl.apply({"apiVersion": "v1", "kind": "Service", "metadata": held, "spec": ports})
    kubectl.apply(model_server())
    outcome = await reconcile()
    assert (outcome.verdict, outcome.after) == (Verdict.RETRY, 2.0)
    assert kinds(kubectl) == {"Service"}


async def test_children_that_were_orphaned_are_taken_back(
    kubectl: Kubectl, reconcile: Passes
) -> None:
    kubectl.apply(model_server())
    await reconcile()
    pods = kubectl.get("deploy", "demo-ovms")["metadata"]["uid"]
    kubectl("delete", "ms", "demo", "--cascade=orphan")
    kubectl.apply(model_server())
    assert (await reconcile()).verdict is Verdict.DONE
    deployment = kubectl.get("deploy", "demo-ovms")["metadata"]
    owner = kubectl.get("ms", "demo")["metadata"]["uid"]
    assert (deployment["uid"], deployment["ownerReferences"][0]["uid"]) == (pods, owner)


async def test_a_server_that_is_gone_asks_for_nothing(reconcile: Passes) -> None:
    assert (await reconcile()).verdict is Verdict.GONE


async def test_what_watches_show_is_not_read_again(kubectl: Kubectl, reconcile: Passes) -> None:
    kubectl.apply(model_server(**EVERYTHING))
    reconcile.watching()
    await reconcile()
    await reconcile()
    read = {call.request.kind.kind for call in reconcile.calls if call.request.kind}
    assert read == {"ModelServer", "Secret"}
