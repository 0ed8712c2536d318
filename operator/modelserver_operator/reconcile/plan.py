"""What is to be written for one ModelServer: a pure function of what was read."""

from collections.abc import Iterator
from dataclasses import dataclass

from modelserver_operator.api import ModelServer
from modelserver_operator.cluster.kinds import DEPLOYMENT
from modelserver_operator.cluster.port import Manifest
from modelserver_operator.reconcile.autoscalers import Scaling, scaling
from modelserver_operator.reconcile.children import NEEDED, Child, child_of, unwanted
from modelserver_operator.reconcile.drift import marked
from modelserver_operator.reconcile.inputs import Inputs
from modelserver_operator.reconcile.marks import REPLICAS, annotated
from modelserver_operator.reconcile.ownership import Claim, claim, is_controlled
from modelserver_operator.reconcile.replicas import Replicas, decide
from modelserver_operator.reconcile.survey import Survey
from modelserver_operator.reconcile.template import KEPT_REVISIONS, Revision, in_force, newest
from modelserver_operator.render import Objects
from modelserver_operator.render.manifest import metadata
from modelserver_operator.render.names import fullname, selector


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written.

    Attributes:
        removed: objects of ours that are not wanted any more, as read.
        applied: the manifests, marked, in the order to apply them.
        replicas: the replica count in force.
        left_alone: somebody else's objects in the place of ours, without which all the same works.
        template_waits: whether a newer rendering of the pods waits for the user's word.
        waits_for: what has to be gone before the rest can be applied.
    """

    removed: tuple[Manifest, ...]
    applied: tuple[Manifest, ...]
    replicas: Replicas
    left_alone: tuple[str, ...]
    template_waits: bool
    waits_for: tuple[str, ...]


def plan(
    stored: Manifest, server: ModelServer, objects: Objects, inputs: Inputs, survey: Survey
) -> Plan:
    """The plan.

    Args:
        stored: the ModelServer as it was read.
        server: the same, parsed.
        objects: what it was rendered to.
        inputs: what its pods were rendered from.
        survey: what there is.
    """
    autoscaling = scaling(stored, objects.autoscaler, survey.autoscalers)
    live = survey.live.get(Child(DEPLOYMENT, fullname(server)))
    replicas = decide(
        stored,
        live,
        autoscaling.bounds,
        deployment_is_scaled=autoscaling.deployment_is_scaled,
    )
    ours = [one for one in survey.revisions if is_controlled(one, stored)]
    rendered = objects.deployment["spec"]["template"]
    revision = in_force(rendered, inputs, newest(ours), live)
    wanted = [
        _revision_manifest(server, revision),
        *_wanted(stored, objects, autoscaling, survey),
    ]
    applied = [
        _in_force(one, revision, replicas) if one["kind"] == DEPLOYMENT.kind else one
        for one in wanted
    ]
    foreign = [one for one in applied if _is_foreign(stored, one, survey)]
    return Plan(
        removed=tuple(_removed(stored, server, wanted, autoscaling, survey)),
        applied=tuple(marked(one) for one in applied if one not in foreign),
        replicas=replicas,
        left_alone=tuple(str(child_of(one)) for one in foreign),
        template_waits=revision.is_older_than(rendered),
        waits_for=tuple(str(child_of(one)) for one in autoscaling.waits_for),
    )


def _revision_manifest(server: ModelServer, revision: Revision) -> Manifest:
    return revision.manifest(metadata(server, fullname(server), selector(server)))


def _wanted(
    stored: Manifest, objects: Objects, autoscaling: Scaling, survey: Survey
) -> Iterator[Manifest]:
    """The rendered objects, without those for which somebody else has made one."""
    is_scraped = any(not is_controlled(monitor, stored) for monitor in survey.monitors)
    for manifest in objects.manifests():
        if manifest is objects.autoscaler:
            if autoscaling.applied is not None:
                yield manifest
        elif manifest is not objects.service_monitor or not is_scraped:
            yield manifest


def _in_force(deployment: Manifest, revision: Revision, replicas: Replicas) -> Manifest:
    """The Deployment with the template and the replica count that are in force."""
    spec = {**deployment["spec"], "template": revision.template, "replicas": replicas.applied}
    if replicas.applied is None:
        del spec["replicas"]
        return {**deployment, "spec": spec}
    return annotated({**deployment, "spec": spec}, {REPLICAS: str(replicas.applied)})


def _is_foreign(stored: Manifest, manifest: Manifest, survey: Survey) -> bool:
    child = child_of(manifest)
    return (
        child.kind not in NEEDED
        and claim(child.kind, survey.live.get(child), stored) is Claim.FOREIGN
    )


def _removed(
    stored: Manifest,
    server: ModelServer,
    wanted: list[Manifest],
    autoscaling: Scaling,
    survey: Survey,
) -> Iterator[Manifest]:
    """Objects of ours that nobody asks for any more, each once."""
    candidates = [
        *(survey.live.get(child) for child in unwanted(fullname(server), wanted)),
        *autoscaling.removed,
        *_outdated(wanted[0], survey.revisions),
    ]
    found = {
        one["metadata"]["uid"]: one
        for one in candidates
        if one is not None and is_controlled(one, stored)
    }
    return (one for one in found.values() if "deletionTimestamp" not in one["metadata"])


def _outdated(current: Manifest, revisions: tuple[Manifest, ...]) -> list[Manifest]:
    """All revisions but the one in force and the last few before it."""
    name = current["metadata"]["name"]
    others = [one for one in revisions if one["metadata"]["name"] != name]
    others.sort(key=lambda one: int(one["revision"]), reverse=True)
    return others[KEPT_REVISIONS - 1 :]
