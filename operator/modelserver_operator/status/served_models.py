"""The models of a ModelServer, as its pods report them together."""

from collections.abc import Iterable, Mapping
from typing import Any

from modelserver_operator.status.answers import AVAILABLE, names
from modelserver_operator.status.observed import Expected, Pod, ServedVersion

PENDING = "PENDING"
"""The state of a model that no server has spoken of yet."""

_MOST_MODELS = 256
_MOST_VERSIONS = 64

Document = dict[str, Any]


def served_models(
    expected: Expected, pods: Iterable[Pod], previous: Iterable[Mapping[str, Any]]
) -> list[Document]:
    """The models in order of their names, those that are configured at any rate.

    What pods of the newest template say counts before what older ones say. Where no pod can be
    asked, what was said last stands.
    """
    asked = [pod for pod in pods if pod.models is not None]
    if not asked:
        return [dict(model) for model in previous] or [
            _pending(name, expected) for name in expected.models or ()
        ]
    current = [pod for pod in asked if pod.current] or asked
    versions = [version for pod in current for version in pod.models or ()]
    wanted = sorted({*names(versions), *(expected.models or ())})
    return [_model(name, versions, expected) for name in wanted[:_MOST_MODELS]]


def _pending(name: str, expected: Expected) -> Document:
    return {"name": name, "state": PENDING, "device": expected.device}


def _model(name: str, versions: Iterable[ServedVersion], expected: Expected) -> Document:
    own = [version for version in versions if version.model == name]
    if not own:
        return _pending(name, expected)
    available = {version.version for version in own if version.state == AVAILABLE}
    devices = dict.fromkeys(device for version in own for device in version.devices)
    document: Document = {
        "name": name,
        "state": _state(own),
        "device": ",".join(devices) or expected.device,
    }
    return document | {"versions": sorted(available)[:_MOST_VERSIONS]} if available else document


def _state(versions: Iterable[ServedVersion]) -> str:
    """The state of the newest version; one pod where it answers is enough."""
    newest = max(version.version for version in versions)
    states = {version.state for version in versions if version.version == newest}
    return AVAILABLE if AVAILABLE in states else min(states)
