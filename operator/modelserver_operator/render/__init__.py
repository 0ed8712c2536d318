"""The objects that a ModelServer becomes, as data: one module per object or per part of the pod.

Nothing here reads a clock, a cluster or the environment, so the same input renders the same output
in the operator, on the command line and in local mode.
"""

from modelserver_operator.render.context import Context, Settings
from modelserver_operator.render.manifest import Manifest
from modelserver_operator.render.objects import Objects, render

__all__ = ["Context", "Manifest", "Objects", "Settings", "render"]
