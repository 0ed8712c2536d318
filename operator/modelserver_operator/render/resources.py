"""The container's compute resources, accelerators included."""

from collections.abc import Iterator

from modelserver_operator.api import ModelServer
from modelserver_operator.api.deployment import ResourceList
from modelserver_operator.render.manifest import Manifest, given


def resources(server: ModelServer) -> Manifest:
    """The container's `resources`.

    Kubernetes takes an accelerator only where the limit and the request are the same.
    """
    given_resources = server.spec.deployment_parameters.resources
    limits, requests = given_resources.limits, given_resources.requests
    device = _device(limits) or _device(requests)
    return given(limits=_amounts(limits) | device, requests=_amounts(requests) | device)


def advice(server: ModelServer) -> Iterator[str]:
    """What to say of accelerators that contradict each other."""
    given_resources = server.spec.deployment_parameters.resources
    limit, request = _device(given_resources.limits), _device(given_resources.requests)
    if limit and request and limit != request:
        yield (
            "spec.deployment_parameters.resources.requests.xpu_device: not used, since Kubernetes"
            " wants the accelerators of requests and limits to be the same"
        )


def _amounts(amounts: ResourceList) -> Manifest:
    return given(cpu=amounts.cpu, memory=amounts.memory)


def _device(amounts: ResourceList) -> Manifest:
    return {amounts.xpu_device: amounts.xpu_device_quantity or "1"} if amounts.xpu_device else {}
