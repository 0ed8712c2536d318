"""A Kubernetes control plane for tests and benchmarks: real programs, no root, loopback alone."""

from control_plane.audit import AuditLog, Request
from control_plane.kubectl import Kubectl, Refused
from control_plane.patience import eventually
from control_plane.plane import ControlPlane

__all__ = ["AuditLog", "ControlPlane", "Kubectl", "Refused", "Request", "eventually"]
