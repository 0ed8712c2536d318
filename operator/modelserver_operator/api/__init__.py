"""The ModelServer resource: typed models, how manifests become them, and the CRD made from them."""

from modelserver_operator.api.crd import custom_resource_definition
from modelserver_operator.api.legacy import written
from modelserver_operator.api.modelserver import ModelServer
from modelserver_operator.api.parse import Parsed, parse
from modelserver_operator.api.problems import InvalidManifest, Problem

__all__ = [
    "InvalidManifest",
    "ModelServer",
    "Parsed",
    "Problem",
    "custom_resource_definition",
    "parse",
    "written",
]
