"""What the old operator's CRD and samples put into objects without anyone having asked for it.

Its CRD stored its defaults in every object, so a stored default says nothing about what the
user wants: it must not beat a typed field, nor count as an answer that a check asks for. The
server's flags still fall back on the stored value, since that is what such an object has been
running with.
"""

import json
from collections.abc import Mapping

from modelserver_operator.api.block import Block
from modelserver_operator.api.modelserver import ModelServer
from modelserver_operator.api.service import GRPC_PORT, REST_PORT

# The image is missing on purpose: taking a stored one for unset would swap the server. So is
# `replicas`: a 1 found there may well be what an autoscaler just decided.
STORED_DEFAULTS: Mapping[str, tuple[object, ...]] = {
    "deployment_parameters.openshift_service_mesh": (False,),
    "deployment_parameters.resources.limits.xpu_device_quantity": ("1",),
    "deployment_parameters.resources.requests.xpu_device_quantity": ("1",),
    "service_parameters.grpc_port": (GRPC_PORT,),
    "service_parameters.rest_port": (REST_PORT,),
    "service_parameters.service_type": ("ClusterIP",),
    "models_settings.single_model_mode": (True,),
    "models_settings.model_name": ("resnet",),
    "models_settings.model_path": ("gs://<bucket_name>/<model_dir>",),
    "models_settings.plugin_config": ('{"PERFORMANCE_HINT": "LATENCY"}',),
    "models_settings.model_version_policy": ('{"latest": {"num_versions": 1}}',),
    "models_settings.nireq": (0,),
    "models_settings.is_stateful": (False,),
    "models_settings.idle_sequence_cleanup": (True,),
    "models_settings.low_latency_transformation": (False,),
    "models_settings.max_sequence_number": (0,),
    "server_settings.file_system_poll_wait_seconds": (0,),
    "server_settings.log_level": ("INFO",),
    "server_settings.grpc_workers": (1,),
    "server_settings.rest_workers": (0,),
    "server_settings.sequence_cleaner_poll_wait_minutes": (5, 0),
    "models_repository.storage_type": ("google",),
    "monitoring.metrics_enable": (False,),
}
_JSON_FIELDS = frozenset({"models_settings.plugin_config", "models_settings.model_version_policy"})


def written(server: ModelServer) -> ModelServer:
    """The server with only what its user wrote: stored defaults and empty strings are None."""
    return server.model_copy(update={"spec": _written(server.spec, "")})


def _written(block: Block, path: str) -> Block:
    changes: dict[str, object] = {}
    for name in type(block).model_fields:
        value, where = getattr(block, name), f"{path}.{name}".removeprefix(".")
        if isinstance(value, Block):
            changes[name] = _written(value, where)
        elif value == "" or _is_stored_default(where, value):
            changes[name] = None
    return block.model_copy(update=changes)


def _is_stored_default(path: str, value: object) -> bool:
    return _comparable(path, value) in [
        _comparable(path, stored) for stored in STORED_DEFAULTS.get(path, ())
    ]


def _comparable(path: str, value: object) -> object:
    """The value, or what its JSON says: spaces and order tell nothing."""
    return json.loads(value) if path in _JSON_FIELDS and isinstance(value, str) else value
