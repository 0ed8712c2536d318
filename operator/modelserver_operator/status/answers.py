"""Which pods answer for which models."""

from collections.abc import Iterable

from modelserver_operator.status.observed import Expected, Observed, Pod, ServedVersion

AVAILABLE = "AVAILABLE"


def answering(observed: Observed, expected: Expected) -> list[Pod]:
    """The pods of the newest template that get requests and answer for every model."""
    return [
        pod
        for pod in observed.pods
        if pod.ready and pod.current and pod.models is not None and not unanswered(pod, expected)
    ]


def unasked(observed: Observed) -> list[Pod]:
    """The pods of the newest template that get requests, but could not be asked for models."""
    return [pod for pod in observed.pods if pod.ready and pod.current and pod.models is None]


def unanswered(pod: Pod, expected: Expected) -> tuple[str, ...]:
    """The models that a pod that was asked does not answer for."""
    wanted = names(pod.models or ()) if expected.models is None else expected.models
    available = {version.model for version in pod.models or () if version.state == AVAILABLE}
    return tuple(name for name in wanted if name not in available)


def names(versions: Iterable[ServedVersion]) -> tuple[str, ...]:
    """The models that there are versions of, sorted."""
    return tuple(sorted({version.model for version in versions}))
