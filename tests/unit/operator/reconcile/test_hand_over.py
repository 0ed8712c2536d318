"""Never two autoscalers: a user's comes first, and a change of provider waits."""

from typing import Any

import pytest

from modelserver_operator.reconcile.autoscalers import Scaling, scaling, targets
from modelserver_operator.reconcile.replicas import Bounds

SERVER = {"metadata": {"name": "demo", "uid": "1"}}
TO_SERVER = {"apiVersion": "intel.com/v1alpha1", "kind": "ModelServer", "name": "demo"}
TO_DEPLOYMENT = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "demo-ovms"}
US = {"kind": "ModelServer", "name": "demo", "uid": "1", "controller": True}

Manifest = dict[str, Any]


def autoscaler(
    kind: str,
    name: str = "demo-ovms",
    owner: Manifest | None = None,
    target: Manifest = TO_SERVER,
    bounds: tuple[int, int] = (1, 3),
) -> Manifest:
    low, high = ("minReplicas", "maxReplicas")
    if kind == "ScaledObject":
        low, high = ("minReplicaCount", "maxReplicaCount")
    return {
        "kind": kind,
        "metadata": {"name": name, "uid": name, "ownerReferences": [owner] if owner else []},
        "spec": {"scaleTargetRef": target, low: bounds[0], high: bounds[1]},
    }


def keda_made(name: str) -> Manifest:
    owner = {"kind": "ScaledObject", "name": name, "uid": name, "controller": True}
    return autoscaler("HorizontalPodAutoscaler", f"keda-hpa-{name}", owner)


HPA = autoscaler("HorizontalPodAutoscaler", owner=US)
KEDA = autoscaler("ScaledObject", owner=US)
USERS = autoscaler("HorizontalPodAutoscaler", "mine", bounds=(2, 9))


def test_ours_is_made_where_there_is_none() -> None:
    assert scaling(SERVER, HPA, []) == Scaling(applied=HPA, bounds=Bounds(1, 3))


@pytest.mark.parametrize("found", [[HPA], [KEDA, keda_made("demo-ovms")]])
def test_ours_stays(found: list[Manifest]) -> None:
    assert scaling(SERVER, found[0], found).applied is found[0]


def test_ours_goes_when_it_is_not_asked_for_any_more() -> None:
    assert scaling(SERVER, None, [HPA]) == Scaling(removed=(HPA,))


@pytest.mark.parametrize("found", [[USERS], [USERS, HPA]])
def test_ours_steps_back_behind_a_users_and_takes_its_bounds(found: list[Manifest]) -> None:
    decision = scaling(SERVER, HPA, found)
    assert decision.applied is None
    assert decision.removed == tuple(one for one in found if one is HPA)
    assert decision.bounds == Bounds(2, 9)


def test_a_users_scaled_object_with_kedas_autoscaler_is_a_users() -> None:
    users = autoscaler("ScaledObject", "mine")
    assert scaling(SERVER, HPA, [users, keda_made("mine")]).applied is None


def test_a_users_autoscaler_of_the_deployment_counts_as_well() -> None:
    users = autoscaler("HorizontalPodAutoscaler", "mine", target=TO_DEPLOYMENT)
    decision = scaling(SERVER, HPA, [users])
    assert (decision.applied, decision.deployment_is_scaled) == (None, True)


def test_keda_comes_when_our_own_autoscaler_has_gone() -> None:
    decision = scaling(SERVER, KEDA, [HPA])
    assert (decision.applied, decision.removed, decision.waits_for) == (None, (HPA,), (HPA,))
    assert decision.bounds == Bounds(1, 3)


def test_our_own_comes_when_keda_and_what_it_made_have_gone() -> None:
    left = keda_made("demo-ovms")
    assert scaling(SERVER, HPA, [KEDA, left]).removed == (KEDA,)
    going = {**KEDA, "metadata": {**KEDA["metadata"], "deletionTimestamp": "now"}}
    decision = scaling(SERVER, HPA, [going, left])
    assert (decision.removed, decision.waits_for) == ((), (going, left))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        pytest.param(TO_SERVER, True, id="the ModelServer"),
        pytest.param(TO_DEPLOYMENT, True, id="its Deployment"),
        pytest.param({"name": "demo-ovms"}, True, id="a Deployment, as KEDA assumes"),
        pytest.param({**TO_SERVER, "name": "other"}, False, id="another ModelServer"),
        pytest.param({**TO_SERVER, "apiVersion": "a/v1"}, False, id="another group's ModelServer"),
        pytest.param({**TO_DEPLOYMENT, "name": "demo"}, False, id="another Deployment"),
        pytest.param({**TO_DEPLOYMENT, "kind": "StatefulSet"}, False, id="a StatefulSet"),
    ],
)
def test_an_autoscaler_is_known_by_its_target(target: Manifest, expected: bool) -> None:
    assert targets(autoscaler("any", target=target), "demo", "demo-ovms") is expected
