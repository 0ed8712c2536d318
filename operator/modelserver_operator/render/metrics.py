"""Whether a server's metrics are needed, and who turns them on: a flag or a config.json."""

import json
from pathlib import PurePosixPath

from modelserver_operator.api import ModelServer
from modelserver_operator.render.context import Context
from modelserver_operator.render.volumes import CONFIG_PATH


def enabled_by_flag(server: ModelServer) -> bool:
    """Whether `--metrics_enable` is passed: the user says so, or there is need and a flag can."""
    asked = server.spec.monitoring.metrics_enable
    return bool(asked or (needed(server) and is_single_model(server)))


def needed(server: ModelServer) -> bool:
    """Whether an autoscaler or a monitor is asked for that would find nothing without metrics."""
    return bool(server.spec.autoscaling.enabled or server.spec.monitoring.service_monitor.enabled)


def is_single_model(server: ModelServer) -> bool:
    """Whether flags describe the one model; else a config.json describes several."""
    return server.spec.models_settings.single_model_mode is not False


def config_path(server: ModelServer) -> str:
    """Where the server finds its config.json."""
    return server.spec.models_settings.config_path or f"{CONFIG_PATH}/config.json"


def config_file_problem(server: ModelServer, context: Context) -> str | None:
    """Why the metrics that are needed would be missing, if the config.json is known and says so.

    A config.json from elsewhere than the named ConfigMap cannot be read here and passes.
    """
    name = server.spec.models_settings.config_configmap_name or ""
    path = PurePosixPath(config_path(server))
    if name not in context.config_maps or str(path.parent) != CONFIG_PATH:
        return None
    text = context.config_maps[name].get(path.name)
    if text is None:
        return f"ConfigMap {name} has no key {path.name}"
    return _metrics_problem(text, f"ConfigMap {name}, key {path.name}")


def _metrics_problem(text: str, place: str) -> str | None:
    try:
        config = json.loads(text)
    except json.JSONDecodeError as error:
        return f"{place}: not JSON: {error}"
    node = config
    for key in ("monitoring", "metrics", "enable"):
        node = node.get(key) if isinstance(node, dict) else None
    return None if node is True else f"{place}: monitoring.metrics.enable has to be true"
