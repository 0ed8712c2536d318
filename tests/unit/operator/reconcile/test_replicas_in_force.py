"""A manifest's write shows in managedFields without a subresource, an autoscaler's with `scale`."""

from typing import Any

import pytest

from modelserver_operator.reconcile.marks import REPLICAS
from modelserver_operator.reconcile.replicas import Bounds, Replicas, decide
from modelserver_operator.status.facts import ReplicasKept

MANIFEST, SCALE = "", "scale"


def owning(subresource: str | None, *path: str) -> list[dict[str, Any]]:
    """The managedFields of an object whose field at `path` was written so, or is nobody's."""
    if subresource is None:
        return []
    fields: dict[str, Any] = {}
    for step in reversed(path):
        fields = {f"f:{step}": fields}
    return [{"manager": "someone", "subresource": subresource, "fieldsV1": fields}]


def server(replicas: int | None, written: str | None = SCALE) -> dict[str, Any]:
    entries = owning(written, "spec", "deployment_parameters", "replicas")
    given = {} if replicas is None else {"deployment_parameters": {"replicas": replicas}}
    return {"metadata": {"managedFields": entries}, "spec": given}


def deployment(replicas: int, scaled: str | None = None, ours: int | None = None) -> dict[str, Any]:
    annotations = {} if ours is None else {REPLICAS: str(ours)}
    entries = owning(scaled, "spec", "replicas")
    return {
        "metadata": {"managedFields": entries, "annotations": annotations},
        "spec": {"replicas": replicas},
    }


@pytest.mark.parametrize("written", [MANIFEST, SCALE, None])
def test_without_an_autoscaler_the_manifest_wins(written: str | None) -> None:
    assert decide(server(1, written), deployment(3), bounds=None) == Replicas(1)


@pytest.mark.parametrize("written", [SCALE, None])
def test_what_an_autoscaler_wrote_is_obeyed(written: str | None) -> None:
    assert decide(server(2, written), deployment(3), Bounds(1, 5)) == Replicas(2)


def test_a_manifest_that_is_applied_again_takes_no_pods_from_an_autoscaler() -> None:
    decision = decide(server(1, MANIFEST), deployment(3), Bounds(1, 5))
    assert decision == Replicas(3, written_back=3, kept=ReplicasKept(written=1, kept=3))


def test_a_manifest_that_says_what_is_running_changes_nothing() -> None:
    assert decide(server(3, MANIFEST), deployment(3), Bounds(1, 5)) == Replicas(3)


def test_zero_pauses_even_under_an_autoscaler() -> None:
    assert decide(server(0, MANIFEST), deployment(3), Bounds(1, 5)) == Replicas(0)


def test_a_pause_ends_with_the_count_of_the_manifest() -> None:
    assert decide(server(2, MANIFEST), deployment(0), Bounds(1, 5)) == Replicas(2)


def test_bounds_that_have_moved_move_the_count_that_is_kept() -> None:
    assert decide(server(1, MANIFEST), deployment(5), Bounds(1, 4)).written_back == 4


def test_a_count_outside_the_bounds_is_written_back_without_a_word() -> None:
    assert decide(server(9, SCALE), deployment(3), Bounds(1, 4)) == Replicas(4, written_back=4)


def test_a_new_service_starts_with_its_manifests_count() -> None:
    assert decide(server(2, MANIFEST), None, Bounds(1, 5)) == Replicas(2)


def test_an_old_object_without_a_count_has_one_replica() -> None:
    assert decide(server(None), None, None) == Replicas(1)


def test_a_deployment_that_was_scaled_by_hand_does_not_pass_for_the_autoscalers_will() -> None:
    live = deployment(5, scaled=SCALE, ours=2)
    assert decide(server(1, MANIFEST), live, Bounds(1, 9)).applied == 2


def test_a_deployment_with_an_autoscaler_of_its_own_is_left_to_it() -> None:
    live = deployment(4, scaled=SCALE, ours=1)
    assert decide(server(1), live, None, deployment_is_scaled=True) == Replicas(None)


def test_until_that_autoscaler_has_written_the_count_stays_ours() -> None:
    live = deployment(4)
    assert decide(server(1), live, None, deployment_is_scaled=True) == Replicas(4)
