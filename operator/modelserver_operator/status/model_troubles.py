"""Which models a server does not serve, in the server's own words."""

from collections.abc import Iterator

from modelserver_operator.status.answers import AVAILABLE, unanswered
from modelserver_operator.status.observed import Expected, Pod, ServedVersion
from modelserver_operator.status.reasons import Reason
from modelserver_operator.status.trouble import Trouble


def model_troubles(pod: Pod, expected: Expected) -> Iterator[Trouble]:
    """The models and versions that the pod failed to load; loading is nothing wrong."""
    if pod.models is None:
        yield from _unreachable(pod)
        return
    missing = unanswered(pod, expected)
    for name in missing:
        yield from _not_loaded(pod, name)
    for version in pod.models:
        if version.error and version.state != AVAILABLE and version.model not in missing:
            yield Trouble(
                Reason.MODEL_VERSION_FAILED,
                f"Version {version.version} of model {version.model} is not loaded:"
                f" {version.error} The other versions go on answering.",
                subject=f"{version.model}/{version.version}",
            )


def _unreachable(pod: Pod) -> Iterator[Trouble]:
    if pod.ready and pod.unreachable:
        yield Trouble(
            Reason.SERVER_UNREACHABLE,
            f"Pod {pod.name} is ready, but the operator gets no answer from it: {pod.unreachable}."
            " Let the operator through to port 8081 of the pods.",
        )


def _not_loaded(pod: Pod, name: str) -> Iterator[Trouble]:
    versions = [version for version in pod.models or () if version.model == name]
    errors = dict.fromkeys(version.error for version in versions if version.error)
    if errors:
        yield _failed(name, "; ".join(errors))
    elif pod.ready and not _loading(versions):
        yield _failed(name, "the server has no version of it")


def _loading(versions: list[ServedVersion]) -> bool:
    return any(version.state in {"START", "LOADING"} for version in versions)


def _failed(name: str, words: str) -> Trouble:
    return Trouble(
        Reason.MODEL_NOT_LOADED,
        f"Model {name} is not loaded: {words}. Check its path, the folders of its versions, and"
        " the credentials for its repository.",
        subject=name,
    )
