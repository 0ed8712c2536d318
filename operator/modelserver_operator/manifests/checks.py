"""What Kubernetes would say to the parts of a spec that are passed through to it.

An affinity or a toleration has no schema in the CRD, where it would be longer than all the rest.
Here the rendered objects are held against Kubernetes' published schemas, and what is wrong is said
of the field of the ModelServer that it came from.
"""

from collections.abc import Iterable, Iterator

import kubernetes_validate

from modelserver_operator.api import ModelServer, Problem
from modelserver_operator.api.wording import shown
from modelserver_operator.autoscaling import hpa
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
    yield from _schema_problems(objects.deployment)
    if objects.network_policy:
        yield from _schema_problems(objects.network_policy)
    if server.spec.autoscaling.enabled:
        yield from _autoscaler_problems(horizontal_pod_autoscaler(server))


def _autoscaler_problems(manifest: Manifest) -> Iterator[Problem]:
    try:
        hpa.parse(manifest)
    except hpa.InvalidAutoscalerError as error:
        given = None if error.given is None else shown(error.given)
        yield Problem(_field(error.path), given, error.allowed)


def _schema_problems(manifest: Manifest) -> Iterator[Problem]:
    version = kubernetes_validate.latest_version()
    try:
        kubernetes_validate.validate(manifest, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        path = _field(_dotted(error.absolute_path))
        match error.validator:
            case "additionalProperties":
                known = error.schema["properties"]
                unknown = ", ".join(key for key in error.instance if key not in known)
                yield Problem(path, unknown, f"made of {', '.join(known)}")
            case "required":
                missing = next(key for key in error.validator_value if key not in error.instance)
                yield Problem(f"{path}.{missing}", None, "given")
            case _:
                yield Problem(path, shown(error.instance), _allowed(error.schema))


def _allowed(schema: Manifest) -> str:
    kinds = schema.get("type", [])
    names = [kinds] if isinstance(kinds, str) else [kind for kind in kinds if kind != "null"]
    return f"of type {' or '.join(names)}" if names else "as Kubernetes defines it"


def _dotted(steps: Iterable[str | int]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)[1:]


def _field(path: str) -> str:
    """The field of the ModelServer that a part of a rendered object was made of."""
    for rendered, field in _FIELDS.items():
        if path.startswith(rendered):
            return field + path.removeprefix(rendered)
    return path
