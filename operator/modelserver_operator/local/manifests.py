"""What the files ask to be played: ModelServers, what they mount, and who scales them."""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from modelserver_operator.api.modelserver import KIND
from modelserver_operator.autoscaling import hpa
from modelserver_operator.autoscaling.ratio import METRIC_NAME
from modelserver_operator.local.errors import CannotPlayError
from modelserver_operator.local.pods.store import Contents
from modelserver_operator.manifests import documents
from modelserver_operator.manifests.documents import Document
from modelserver_operator.manifests.sources import Manifests, Source, sort_out

Key = tuple[str, str]
"""Namespace and name."""

_HPA_VERSION = "autoscaling/v2"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Scene:
    """All that is played, by namespace and name; an autoscaler by those of its ModelServer.

    `skipped` are remarks on documents that have no part in it.
    """

    servers: Mapping[Key, Source]
    config_maps: Mapping[Key, Mapping[str, str]]
    secrets: Mapping[Key, Contents]
    autoscalers: Mapping[Key, hpa.Spec]
    skipped: tuple[str, ...]


def read(files: Sequence[str]) -> Scene:
    """Read files of manifests.

    Raises:
        UserError: with a line for each mistake.
    """
    manifests = sort_out(document for file in files for document in documents.read(file))
    if not manifests.servers:
        raise CannotPlayError(f"{', '.join(files)}: no ModelServer to play")
    return _scene(manifests)


def _scene(manifests: Manifests) -> Scene:
    servers: dict[Key, Source] = {}
    secrets: dict[Key, Contents] = {}
    autoscalers: dict[Key, hpa.Spec] = {}
    skipped: list[str] = []
    for source in manifests.servers:
        _put(servers, _key(source.document), source, source.document, "given twice")
    for document in manifests.others:
        if document.content.get("kind") == "Secret":
            _put(secrets, _key(document), _secret(document), document, "given twice")
        elif reason := _reason_to_skip(document):
            skipped.append(f"{document.place()}: {document.title}: {reason}, skipped")
        else:
            target = _target(document, servers)
            second = f"a second one for ModelServer {target[1]}; Kubernetes would obey neither"
            _put(autoscalers, target, _autoscaler(document), document, second)
    return Scene(servers, manifests.config_maps, secrets, autoscalers, tuple(skipped))


def _put(there: dict[Key, _T], key: Key, value: _T, document: Document, refusal: str) -> None:
    if key in there:
        raise _mistake(document, "metadata.name", refusal)
    there[key] = value


def _key(document: Document) -> Key:
    match document.content.get("metadata"):
        case {"name": str(name), "namespace": str(namespace)}:
            return namespace, name
        case {"name": str(name)}:
            return "default", name
    raise _mistake(document, "metadata", "metadata.name must be given")


def _reason_to_skip(document: Document) -> str:
    """Why a document has no part in the play; empty for an autoscaler that has one."""
    match document.content:
        case {"kind": "HorizontalPodAutoscaler", "apiVersion": version} if version != _HPA_VERSION:
            return f"{version} cannot scale on {METRIC_NAME}, {_HPA_VERSION} can"
        case {
            "kind": "HorizontalPodAutoscaler",
            "spec": {"scaleTargetRef": {"kind": str(kind)}},
        } if kind != KIND:
            return f"it scales a {kind}, not a {KIND}"
        case {
            "kind": "HorizontalPodAutoscaler",
            "spec": {"metrics": [{"type": str(measured)}]},
        } if measured != "Pods":
            return f"it needs a {measured} metric, and {METRIC_NAME} alone is measured here"
        case {"kind": "HorizontalPodAutoscaler"}:
            return ""
    return "not played"


def _target(document: Document, servers: Mapping[Key, Source]) -> Key:
    """The ModelServer that an autoscaler scales."""
    path = "spec.scaleTargetRef"
    match document.content:
        case {"spec": {"scaleTargetRef": {"name": str(name)}}}:
            target = _key(document)[0], name
            if target in servers:
                return target
            refusal = f"{path}.name: no ModelServer {name} is among the files"
            raise _mistake(document, f"{path}.name", refusal)
    raise _mistake(document, path, f"{path}: must name a ModelServer")


def _autoscaler(document: Document) -> hpa.Spec:
    try:
        spec = hpa.parse(document.content)
    except hpa.InvalidAutoscalerError as problem:
        raise _mistake(document, problem.path, str(problem)) from None
    if spec.metric != METRIC_NAME:
        path = "spec.metrics[0].pods.metric.name"
        raise _mistake(document, path, f"{path}: must be {METRIC_NAME}, not {spec.metric}")
    return spec


def _secret(document: Document) -> Contents:
    plain = document.content.get("stringData") or {}
    try:
        return decoded(document.content) | {name: value.encode() for name, value in plain.items()}
    except (AttributeError, TypeError, ValueError):
        raise _mistake(document, "data", "data must hold base64, stringData text") from None


def decoded(secret: Mapping[str, Any]) -> dict[str, bytes]:
    """The `data` of a Secret. Raises ValueError, TypeError or AttributeError where it is none."""
    data = secret.get("data") or {}
    return {name: b64decode(value, validate=True) for name, value in data.items()}


def _mistake(document: Document, path: str, text: str) -> CannotPlayError:
    return CannotPlayError(f"{document.place(path)}: {document.title}: {text}")
