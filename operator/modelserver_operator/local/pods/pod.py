"""A rendered pod as a process of this machine.

What a container gets from its image and from the kubelet is given to the process another way: the
program is this machine's runtime, the container's ports become free ports, its mounts folders, and
its CPU limit an environment variable, since there is no cgroup that would tell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modelserver_operator.autoscaling.quantity import parse_quantity
from modelserver_operator.local.pods.environment import environment
from modelserver_operator.local.pods.probes import Probes, probes
from modelserver_operator.local.pods.processes import ProcessSpec
from modelserver_operator.local.pods.store import Store
from modelserver_operator.local.pods.volumes import Folders, Mount, mounts, translate

HOST = "127.0.0.1"
CPU_LIMIT = "MODELSERVER_CPU_LIMIT"

_PORT_FLAGS = {"--port": "grpc", "--rest_port": "rest"}
_BIND = ("--grpc_bind_address", HOST, "--rest_bind_address", HOST)
_DEFAULT_GRACE_SECONDS = 30

Ports = Mapping[str, int]
"""The port of this machine for each named port of the container."""


@dataclass(frozen=True, slots=True)
class Pod:
    """What a pod template asks for, as far as a process can have it; times in seconds."""

    image: str
    args: tuple[str, ...]
    env: Mapping[str, str]
    mounts: tuple[Mount, ...]
    ports: tuple[str, ...]
    probes: Probes
    pre_stop: float
    grace: float


def pod(template: Mapping[str, Any], store: Store) -> Pod:
    """Read a Deployment's pod template.

    Raises:
        CannotPlayError: it refers to something that this machine or the files do not have.
    """
    spec = template["spec"]
    container = spec["containers"][0]
    return Pod(
        image=container["image"],
        args=tuple(container["args"]),
        env=_cpu_limit(container) | environment(container, store),
        mounts=mounts(spec, container, store),
        ports=tuple(port["name"] for port in container["ports"]),
        probes=probes(container),
        pre_stop=_pre_stop(container),
        grace=spec.get("terminationGracePeriodSeconds", _DEFAULT_GRACE_SECONDS),
    )


def process(
    pod: Pod, runtime: Sequence[str], base: Mapping[str, str], folders: Folders, ports: Ports
) -> ProcessSpec:
    """The process that plays the pod.

    Args:
        pod: what the template asks for.
        runtime: the command that starts this machine's runtime.
        base: the environment that stands for what an image brings.
        folders: see `volumes.materialise`.
        ports: a free port for each of the pod's.
    """
    args = (translate(arg, folders) for arg in _on_ports(pod.args, ports))
    env = {name: translate(value, folders) for name, value in pod.env.items()}
    return ProcessSpec(argv=(*runtime, *args, *_BIND), env={**base, **env})


def _on_ports(args: Sequence[str], ports: Ports) -> list[str]:
    """The arguments with the container's ports, which follow their flags, exchanged."""
    flags = ("", *args)
    return [
        str(ports[_PORT_FLAGS[flag]]) if flag in _PORT_FLAGS else arg
        for flag, arg in zip(flags, args, strict=False)
    ]


def _cpu_limit(container: Mapping[str, Any]) -> dict[str, str]:
    limit = container.get("resources", {}).get("limits", {}).get("cpu")
    return {} if limit is None else {CPU_LIMIT: f"{parse_quantity(limit):f}"}


def _pre_stop(container: Mapping[str, Any]) -> float:
    match container.get("lifecycle"):
        case {"preStop": {"sleep": {"seconds": int(seconds)}}}:
            return seconds
    return 0
