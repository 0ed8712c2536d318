from typing import Any

import pytest

from modelserver_operator.cluster import Kind
from modelserver_operator.cluster.kinds import (
    AUTOSCALER,
    DEPLOYMENT,
    SECRET,
    SERVICE,
    SERVICE_MONITOR,
)
from modelserver_operator.reconcile.ownership import Claim, claim, holder

SERVER = {
    "apiVersion": "intel.com/v1alpha1",
    "kind": "ModelServer",
    "metadata": {"name": "demo", "uid": "1"},
}
OUR_LABEL = {"app.kubernetes.io/managed-by": "modelserver-operator"}


def thing(
    owner: dict[str, Any] | None = None,
    labels: dict[str, str] | None = None,
    release: str | None = None,
) -> dict[str, Any]:
    annotations = {"meta.helm.sh/release-name": release} if release else {}
    metadata = {"name": "demo-ovms", "labels": labels or {}, "annotations": annotations}
    return {"metadata": {**metadata, "ownerReferences": [owner] if owner else []}}


def controlled_by(name: str, uid: str, kind: str = "ModelServer") -> dict[str, Any]:
    version = "intel.com/v1alpha1" if kind == "ModelServer" else "apps/v1"
    named = {"apiVersion": version, "kind": kind, "name": name}
    return thing(named | {"uid": uid, "controller": True})


@pytest.mark.parametrize(
    ("kind", "live", "expected"),
    [
        pytest.param(DEPLOYMENT, None, Claim.FREE, id="nothing is there"),
        pytest.param(DEPLOYMENT, controlled_by("demo", "1"), Claim.OURS, id="we control it"),
        pytest.param(AUTOSCALER, controlled_by("demo", "1"), Claim.OURS, id="of any kind"),
        pytest.param(
            DEPLOYMENT, controlled_by("demo-ovms", "2"), Claim.FOREIGN, id="of a name that collides"
        ),
        pytest.param(DEPLOYMENT, controlled_by("demo", "0"), Claim.BEREFT, id="of an earlier one"),
        pytest.param(
            SECRET, controlled_by("demo", "0", "Deployment"), Claim.FOREIGN, id="of another kind"
        ),
        pytest.param(SERVICE, thing(release="demo"), Claim.OURS, id="the old operator's"),
        pytest.param(SERVICE, thing(release="other"), Claim.FOREIGN, id="another release"),
        pytest.param(SERVICE, thing(labels=OUR_LABEL), Claim.OURS, id="an orphan of ours"),
        pytest.param(
            SERVICE,
            thing(labels={**OUR_LABEL, "release": "demo-ovms"}),
            Claim.FOREIGN,
            id="an orphan of another ModelServer's",
        ),
        pytest.param(SERVICE, thing(), Claim.FOREIGN, id="a user's"),
        pytest.param(
            SERVICE_MONITOR, thing(release="demo"), Claim.FOREIGN, id="nothing the old one made"
        ),
    ],
)
def test_whose_an_object_is(kind: Kind, live: dict[str, Any] | None, expected: Claim) -> None:
    assert claim(kind, live, SERVER) is expected


def test_an_owner_that_is_not_the_controller_does_not_count() -> None:
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "group", "uid": "9"}
    assert claim(SERVICE, thing(owner), SERVER) is Claim.FOREIGN


@pytest.mark.parametrize(
    ("live", "words"),
    [
        (controlled_by("other", "2"), "ModelServer other"),
        (thing(release="other"), "Helm release other"),
        (thing(), "nobody that it names"),
    ],
)
def test_the_holder_is_named(live: dict[str, Any], words: str) -> None:
    assert holder(live) == words
