"""The cluster as the operator uses it: a port, its errors, and the API server behind it."""

from modelserver_operator.cluster.errors import (
    ClusterError,
    Conflict,
    Denied,
    Forbidden,
    NotFound,
    NotServed,
    Refused,
    Unreachable,
)
from modelserver_operator.cluster.kinds import Kind, kind_of
from modelserver_operator.cluster.port import Cluster

__all__ = [
    "Cluster",
    "ClusterError",
    "Conflict",
    "Denied",
    "Forbidden",
    "Kind",
    "NotFound",
    "NotServed",
    "Refused",
    "Unreachable",
    "kind_of",
]
