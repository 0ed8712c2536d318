"""What a ModelServer asks for, as far as its status speaks of it."""

import json
from pathlib import PurePosixPath

from modelserver_operator.api import ModelServer
from modelserver_operator.api import service as defaults
from modelserver_operator.render import device, metrics
from modelserver_operator.render.context import DEFAULT_WINDOW, Context
from modelserver_operator.render.names import fullname, selector
from modelserver_operator.render.volumes import CONFIG_PATH
from modelserver_operator.status.observed import Expected


def expected(server: ModelServer, context: Context) -> Expected:
    """What the status is to compare the cluster with."""
    spec, service = server.spec, server.spec.service_parameters
    host = f"{fullname(server)}.{server.metadata.namespace}.svc"
    provider = (spec.autoscaling.provider or "hpa") if spec.autoscaling.enabled else None
    return Expected(
        label_selector=",".join(
            f"{key}={value}" for key, value in sorted(selector(server).items())
        ),
        grpc=f"{host}:{service.grpc_port or defaults.GRPC_PORT}",
        rest=f"http://{host}:{service.rest_port or defaults.REST_PORT}",
        models=model_names(server, context),
        device=device.target_device(spec.models_settings),
        paused=spec.deployment_parameters.replicas == 0,
        provider=provider,
        measured=bool(provider or spec.monitoring.service_monitor.enabled),
        window=_window(server, context),
        host_path=_host_path(server),
    )


def _window(server: ModelServer, context: Context) -> str:
    """An HPA reads the ratio of the cluster's one adapter rule, which has a window of its own."""
    autoscaling = server.spec.autoscaling
    by_adapter = None if autoscaling.provider == "keda" else context.settings.adapter_window
    return by_adapter or autoscaling.window or DEFAULT_WINDOW


def _host_path(server: ModelServer) -> str | None:
    """The field that names a folder of the node, if one does."""
    if server.spec.models_repository.models_host_path:
        return "spec.models_repository.models_host_path"
    return "spec.model_cache.host_path" if server.spec.model_cache.host_path else None


def model_names(server: ModelServer, context: Context) -> tuple[str, ...] | None:
    """The models that have to answer; None where a config.json names them that is not known."""
    settings = server.spec.models_settings
    if metrics.is_single_model(server):
        return (settings.model_name,) if settings.model_name else ()
    path = PurePosixPath(metrics.config_path(server))
    config = context.config_maps.get(settings.config_configmap_name or "", {})
    if str(path.parent) != CONFIG_PATH or path.name not in config:
        return None
    return _names(config[path.name])


def _names(config: str) -> tuple[str, ...] | None:
    """The names in a config.json; the server will say what is wrong with one that has none."""
    try:
        entries = json.loads(config)["model_config_list"]
        return tuple(sorted({str(entry["config"]["name"]) for entry in entries}))
    except (json.JSONDecodeError, KeyError, TypeError):
        return None
