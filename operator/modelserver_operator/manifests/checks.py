"""What Kubernetes would say to the parts of a spec that are passed through to it.

An affinity or a toleration has no schema in the CRD, where it would be longer than all the rest.
Here the rendered objects are held against Kubernetes' published schemas, and what is wrong is said
of the field of the ModelServer that it came from.
"""

from collections.abc import Iterator
from dataclasses import replace

from modelserver_operator.api import ModelServer, Problem
from modelserver_operator.api.wording import shown
from modelserver_operator.autoscaling import hpa
from modelserver_operator.manifests import schemas
from modelserver_operator.render import Manifest, Objects
from modelserver_operator.render.autoscaler import horizontal_pod_autoscaler

_POD = "spec.template.spec"
_PARAMETERS = "spec.deployment_parameters"
_FIELDS = {
    f"{_POD}.affinity.nodeAffinity": f"{_PARAMETERS}.node_affinity",
    f"{_POD}.affinity.podAffinity": f"{_PARAMETERS}.pod_affinity",
    f"{_POD}.affinity.podAntiAffinity": f"{_PARAMETERS}.pod_antiaffinity",
    f"{_POD}.tolerations": f"{_PARAMETERS}.tolerations",
    f"{_POD}.topologySpreadConstraints": f"{_PARAMETERS}.topology_spread",
    "spec.ingress[1].from": "spec.network_policy.clients",
    "spec.strategy": f"{_PARAMETERS}.update_strategy",
    "spec.behavior": "spec.autoscaling.behavior",
}


def problems(server: ModelServer, objects: Objects) -> Iterator[Problem]:
    """The first thing wrong with each object that holds parts of the spec as they are."""
    for manifest in (objects.deployment, objects.network_policy):
        if manifest and (problem := schemas.problem(manifest, custom={})):
            yield replace(problem, path=_field(problem.path))
    if server.spec.autoscaling.enabled:
        yield from _autoscaler_problems(horizontal_pod_autoscaler(server))


def _autoscaler_problems(manifest: Manifest) -> Iterator[Problem]:
    try:
        hpa.parse(manifest)
    except hpa.InvalidAutoscalerError as error:
        given = None if error.given is None else shown(error.given)
        yield Problem(_field(error.path), given, error.allowed)


def _field(path: str) -> str:
    """The field of the ModelServer that a part of a rendered object was made of."""
    for rendered, field in _FIELDS.items():
        if path.startswith(rendered):
            return field + path.removeprefix(rendered)
    return path
