"""The objects that a ModelServer can have, by kind and name, whether it asks for them or not."""

from collections.abc import Iterable
from typing import NamedTuple

from modelserver_operator.cluster import Kind, kind_of
from modelserver_operator.cluster.kinds import (
    AUTOSCALER,
    CONFIG_MAP,
    DEPLOYMENT,
    DISRUPTION_BUDGET,
    NETWORK_POLICY,
    SCALED_OBJECT,
    SECRET,
    SERVICE,
    SERVICE_MONITOR,
)
from modelserver_operator.cluster.port import Manifest

NEEDED = frozenset({DEPLOYMENT, SERVICE, SECRET})
"""The kinds without which nothing is served."""


class Child(NamedTuple):
    """An object of a ModelServer's namespace."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def child_of(manifest: Manifest) -> Child:
    """Which child a manifest describes."""
    return Child(kind_of(manifest), manifest["metadata"]["name"])


def possible(fullname: str) -> tuple[Child, ...]:
    """Every child that there may be, by the name of the Deployment."""
    return (
        Child(SECRET, f"{fullname}-aws-secret"),
        Child(SECRET, f"{fullname}-azure-secret"),
        Child(NETWORK_POLICY, fullname),
        Child(SERVICE, fullname),
        Child(DEPLOYMENT, fullname),
        Child(DISRUPTION_BUDGET, fullname),
        Child(CONFIG_MAP, f"{fullname}-dashboard"),
        Child(SERVICE_MONITOR, fullname),
        Child(AUTOSCALER, fullname),
        Child(SCALED_OBJECT, fullname),
    )


def unwanted(fullname: str, wanted: Iterable[Manifest]) -> list[Child]:
    """The children that are not asked for, or not any more."""
    asked = {child_of(manifest) for manifest in wanted}
    return [child for child in possible(fullname) if child not in asked]
