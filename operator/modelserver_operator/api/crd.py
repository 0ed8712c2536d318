"""The CustomResourceDefinition of ModelServer, made from the models."""

from modelserver_operator.api.modelserver import GROUP, KIND, VERSION, ModelServer, Spec
from modelserver_operator.api.rules import Rule
from modelserver_operator.api.schema import Schema, structural
from modelserver_operator.api.status import Status

PLURAL = "modelservers"

_DESCRIPTION = (
    "A ModelServer is one OpenVINO model service: "
    "its pods, their Service, and what scales and watches them."
)
_API_VERSION = "Version of the schema that this object is written in. Example: intel.com/v1alpha1"
_KIND = "Kind of this object. Example: ModelServer"

_REPLICAS_PATH = ".spec.deployment_parameters.replicas"

_COLUMNS = (
    # name, type, path, priority: 1 shows with -o wide only
    ("Model", "string", ".status.models[0].name", 0),
    ("Device", "string", ".status.models[0].device", 0),
    ("Ready", "string", ".status.ready", 0),
    ("Ratio", "string", ".status.ratio", 0),
    ("Replicas", "integer", ".status.replicas", 0),
    ("Age", "date", ".metadata.creationTimestamp", 0),
    ("gRPC", "string", ".status.endpoints.grpc", 1),
    ("REST", "string", ".status.endpoints.rest", 1),
)


def custom_resource_definition() -> Schema:
    """The CRD as a manifest."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{PLURAL}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "names": {
                "kind": KIND,
                "listKind": f"{KIND}List",
                "plural": PLURAL,
                "singular": KIND.lower(),
                "shortNames": ["ms", "msrv"],
                # a ModelServer is what `kubectl get all` should show beside the pods it makes
                "categories": ["all"],
            },
            "scope": "Namespaced",
            "versions": [_version()],
        },
    }


def _version() -> Schema:
    return {
        "name": VERSION,
        "served": True,
        "storage": True,
        "additionalPrinterColumns": [_column(*column) for column in _COLUMNS],
        "subresources": {
            "status": {},
            "scale": {
                "specReplicasPath": _REPLICAS_PATH,
                "statusReplicasPath": ".status.replicas",
                "labelSelectorPath": ".status.labelSelector",
            },
        },
        "schema": {"openAPIV3Schema": _object_schema()},
    }


def _column(name: str, kind: str, path: str, priority: int) -> Schema:
    column = {"name": name, "type": kind, "jsonPath": path}
    return column | {"priority": priority} if priority else column


def _object_schema() -> Schema:
    """The schema of the whole object; the API server brings its own for the metadata."""
    return {
        "description": _DESCRIPTION,
        "type": "object",
        "required": ["spec"],
        "x-kubernetes-validations": [_at_creation(rule) for rule in ModelServer.rules],
        "properties": {
            "apiVersion": {"type": "string", "description": _API_VERSION},
            "kind": {"type": "string", "description": _KIND},
            "metadata": {"type": "object"},
            "spec": _with_replicas(structural(Spec)),
            "status": _not_ready_yet(structural(Status)),
        },
    }


def _at_creation(rule: Rule) -> Schema:
    """A rule about the name, which never changes, asked of new objects only.

    Every write changes an object's root, so ratcheting doesn't excuse what was stored before the
    rule was there: it could not be scaled, nor could its finalizer be removed.
    """
    asked = {"rule": f"oldSelf.hasValue() || {rule.cel}", "optionalOldSelf": True}
    return {**rule.validation(), **asked}


def _with_replicas(spec: Schema) -> Schema:
    """Give every object a replica count: without one, /scale answers 500 and no HPA starts.

    Nothing else of the spec has a default. The parent needs its own, since the API server fills in
    a default only below an object that is there.
    """
    deployment = spec["properties"]["deployment_parameters"]
    deployment["default"] = {}
    deployment["properties"]["replicas"]["default"] = 1
    return spec


def _not_ready_yet(status: Schema) -> Schema:
    """Give every object a condition Ready before the operator has seen it.

    Tools take a resource without one for ready, and would go on before there is anything. The
    Gateway API's resources say so in the same way.
    """
    unseen = {
        "type": "Ready",
        "status": "Unknown",
        "reason": "Pending",
        "message": "The operator has not seen it yet.",
        "lastTransitionTime": "1970-01-01T00:00:00Z",
    }
    status["default"] = {"conditions": [unseen]}
    status["properties"]["conditions"]["default"] = [unseen]
    return status
