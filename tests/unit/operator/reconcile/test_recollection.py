from typing import Any

import pytest

from modelserver_operator.cluster.kinds import DEPLOYMENT, SERVICE
from modelserver_operator.reconcile.recollection import Recollection

OURS = {"app.kubernetes.io/managed-by": "modelserver-operator"}


def deployment(version: int, labels: dict[str, str] = OURS) -> dict[str, Any]:
    metadata = {"namespace": "a", "name": "demo-ovms", "labels": labels}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {**metadata, "resourceVersion": str(version)},
    }


@pytest.fixture
def recollection() -> Recollection:
    watched = Recollection()
    watched.begin(frozenset({DEPLOYMENT}))
    return watched


def recalled(recollection: Recollection) -> object:
    return recollection.recall(DEPLOYMENT, "a", "demo-ovms")


@pytest.mark.parametrize("event", [None, "ADDED", "MODIFIED"])
def test_what_a_watch_shows_is_remembered(recollection: Recollection, event: str | None) -> None:
    recollection.see(event, deployment(1))
    assert recalled(recollection) == deployment(1)


def test_a_newer_state_is_not_replaced_by_an_older_one(recollection: Recollection) -> None:
    recollection.keep(deployment(10))
    recollection.see("MODIFIED", deployment(9))
    assert recalled(recollection) == deployment(10)


def test_what_is_deleted_is_forgotten(recollection: Recollection) -> None:
    recollection.see("ADDED", deployment(1))
    recollection.see("DELETED", deployment(2))
    assert recalled(recollection) is None


def test_somebody_elses_object_is_never_remembered(recollection: Recollection) -> None:
    recollection.see("ADDED", deployment(1, labels={}))
    assert recalled(recollection) is None


def test_nothing_is_remembered_of_a_kind_that_nobody_watches() -> None:
    unfed = Recollection()
    unfed.keep(deployment(1))
    assert recalled(unfed) is None
    assert not unfed.covers(DEPLOYMENT, "a")


def test_watches_that_begin_anew_start_from_nothing(recollection: Recollection) -> None:
    recollection.see("ADDED", deployment(1))
    recollection.begin(frozenset({DEPLOYMENT, SERVICE}))
    assert recalled(recollection) is None


@pytest.mark.parametrize("namespace", [None, "a"])
def test_what_is_listed_anew_is_forgotten_until_it_is_shown(
    recollection: Recollection, namespace: str | None
) -> None:
    recollection.see("ADDED", deployment(1))
    recollection.relist(DEPLOYMENT, namespace)
    assert recalled(recollection) is None
    recollection.see(None, deployment(1))
    assert recalled(recollection) == deployment(1)


def test_another_namespace_is_not_forgotten_with_it(recollection: Recollection) -> None:
    recollection.see("ADDED", deployment(1))
    recollection.relist(DEPLOYMENT, "b")
    assert recalled(recollection) == deployment(1)


def test_what_is_not_remembered_is_not_there_once_all_was_shown(
    recollection: Recollection,
) -> None:
    assert not recollection.covers(DEPLOYMENT, "a")
    recollection.listed(DEPLOYMENT, "a")
    assert recollection.covers(DEPLOYMENT, "a")
    assert not recollection.covers(DEPLOYMENT, "b")
    recollection.relist(DEPLOYMENT, "a")
    assert not recollection.covers(DEPLOYMENT, "a")
