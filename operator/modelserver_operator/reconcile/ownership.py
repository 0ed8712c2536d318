"""Whose an object is that has a name of ours.

Names are made from the ModelServer's and collide: `demo` and `demo-ovms` want the same Deployment,
and users give their own monitors the Service's name. What is somebody else's is never touched.
"""

from enum import StrEnum

from modelserver_operator.cluster import Kind
from modelserver_operator.cluster.kinds import DEPLOYMENT, SECRET, SERVICE
from modelserver_operator.cluster.port import Manifest
from modelserver_operator.reconcile.marks import annotation
from modelserver_operator.render.manifest import MANAGED_BY

_ADOPTED = (DEPLOYMENT, SERVICE, SECRET)
"""What the operator before this one made; nothing else is taken over."""

_HELM_RELEASE = "meta.helm.sh/release-name"


class Claim(StrEnum):
    """What may be done about a name."""

    FREE = "free"
    """There is no object; make it."""
    OURS = "ours"
    """The ModelServer controls it, or nobody does and it may be taken over."""
    BEREFT = "bereft"
    """It belonged to a ModelServer of the same name that is gone; so will it be, soon."""
    FOREIGN = "foreign"
    """Leave it alone."""


def claim(kind: Kind, live: Manifest | None, server: Manifest) -> Claim:
    """Whose the object is, seen from a ModelServer. Both are as read, or their metadata alone."""
    if live is None:
        return Claim.FREE
    owner = controller(live)
    if owner is None:
        return Claim.OURS if _may_be_adopted(kind, live, server) else Claim.FOREIGN
    if owner["uid"] == server["metadata"]["uid"]:
        return Claim.OURS
    same = ("apiVersion", "kind", "name")
    ours = (server["apiVersion"], server["kind"], server["metadata"]["name"])
    return Claim.BEREFT if tuple(owner[key] for key in same) == ours else Claim.FOREIGN


def controller(live: Manifest) -> Manifest | None:
    """The owner reference of the object's controller."""
    owners: list[Manifest] = live["metadata"].get("ownerReferences", [])
    return next((owner for owner in owners if owner.get("controller")), None)


def is_controlled(live: Manifest, server: Manifest) -> bool:
    """Whether the ModelServer controls the object."""
    owner = controller(live)
    return owner is not None and owner["uid"] == server["metadata"]["uid"]


def holder(live: Manifest) -> str:
    """Who has the object, in words such as `ModelServer demo`."""
    if owner := controller(live):
        return f"{owner['kind']} {owner['name']}"
    release = annotation(live, _HELM_RELEASE)
    return f"Helm release {release}" if release else "nobody that it names"


def _may_be_adopted(kind: Kind, live: Manifest, server: Manifest) -> bool:
    """Whether an object without a controller is the old operator's for us, or an orphan of ours."""
    if kind not in _ADOPTED:
        return False
    name = server["metadata"]["name"]
    labels = live["metadata"].get("labels", {})
    is_orphan: bool = MANAGED_BY.items() <= labels.items() and labels.get("release", name) == name
    return is_orphan or annotation(live, _HELM_RELEASE) == str(name)
