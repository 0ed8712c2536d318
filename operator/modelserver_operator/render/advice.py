"""What a user should hear about a ModelServer that can be rendered, but may not do what they want.

Each line names the field, as an error would.
"""

from collections.abc import Iterator

from modelserver_operator.api import ModelServer, written
from modelserver_operator.api.models_settings import ModelsSettings
from modelserver_operator.autoscaling.ratio import REQUEST_TIME, STREAMS
from modelserver_operator.render import device, metrics, plugin_config, resources, shutdown
from modelserver_operator.render.arguments import unknown_flags
from modelserver_operator.render.context import Context, Settings
from modelserver_operator.render.secrets import inline_credentials
from modelserver_operator.render.server_kind import ServerKind
from modelserver_operator.render.volumes import has_forbidden_cache

_CONFIG_FIELDS = {"single_model_mode", "config_configmap_name", "config_path", "device_plugins"}
_NEEDED_METRICS = (STREAMS, REQUEST_TIME.removesuffix("_sum"))


def advice(server: ModelServer, kind: ServerKind, context: Context) -> tuple[str, ...]:
    """Everything there is to say, most consequential first."""
    return (
        *_model(server),
        *_flags(server, kind),
        *_metrics_list(server),
        *_config_file(server, context),
        *_window(server, context.settings),
        *resources.advice(server),
        *shutdown.advice(server, kind),
        *_model_cache(server, context.settings),
        *_credentials(server),
    )


def _model(server: ModelServer) -> Iterator[str]:
    stored, own = server.spec.models_settings, written(server).spec.models_settings
    if not metrics.is_single_model(server):
        yield from _ignored(own)
        return
    if stored.model_path and not own.model_path:
        yield f"spec.models_settings.model_path: {stored.model_path} is only a placeholder"
    yield from plugin_config.conflicts(own)
    if device.batch_size(stored) and ":" in (stored.target_device or ""):
        yield (
            "spec.models_settings.auto_batch_size: not used, since a device that is composed, such"
            f" as {stored.target_device}, cannot be wrapped for batching"
        )


def _ignored(own: ModelsSettings) -> Iterator[str]:
    """A config.json speaks for all models, so what is said of one has no effect."""
    names = [name for name in ModelsSettings.model_fields if getattr(own, name) is not None]
    for name in names:
        if name not in _CONFIG_FIELDS:
            yield f"spec.models_settings.{name}: no effect where single_model_mode is false"


def _flags(server: ModelServer, kind: ServerKind) -> Iterator[str]:
    if unknown := unknown_flags(server, kind):
        yield f"{kind} does not know {', '.join(unknown)}: left out"


def _metrics_list(server: ModelServer) -> Iterator[str]:
    field = "spec.monitoring.metrics_list"
    text = server.spec.monitoring.metrics_list or ""
    missing = set(_NEEDED_METRICS) - {name.strip() for name in text.split(",")}
    if text and not metrics.enabled_by_flag(server):
        yield f"{field}: the server does not start with it unless metrics_enable is true"
    if text and missing and server.spec.autoscaling.enabled:
        yield f"{field}: autoscaling needs {', '.join(sorted(missing))} as well"


def _config_file(server: ModelServer, context: Context) -> Iterator[str]:
    """A server with a config.json takes from it whether there are metrics."""
    if metrics.is_single_model(server):
        return
    if server.spec.monitoring.metrics_enable:
        yield (
            "spec.monitoring.metrics_enable: OVMS refuses it beside a config.json that has a"
            " monitoring block; set monitoring.metrics.enable there instead"
        )
    elif metrics.needed(server) and (problem := metrics.config_file_problem(server, context)):
        yield f"spec.models_settings.config_configmap_name: there will be no metrics: {problem}"


def _window(server: ModelServer, settings: Settings) -> Iterator[str]:
    autoscaling, rule = server.spec.autoscaling, settings.adapter_window
    window = autoscaling.window
    if not (autoscaling.enabled and window) or autoscaling.provider == "keda":
        return
    if rule not in (None, window):
        yield (
            f"spec.autoscaling.window: {window} is not used with provider hpa, whose metric has the"
            f" window of the cluster's prometheus-adapter rule, {rule}"
        )


def _model_cache(server: ModelServer, settings: Settings) -> Iterator[str]:
    if has_forbidden_cache(server, settings):
        yield (
            "spec.model_cache.host_path: not used, since the platform does not allow folders of the"
            " node; the cache goes with its pod. Use volume_claim to share it"
        )


def _credentials(server: ModelServer) -> Iterator[str]:
    for credential, _ in inline_credentials(server):
        yield (
            f"spec.models_repository.{credential.field}: everyone who may read the ModelServer can"
            " read it; keep it in a Secret and name that in deployment_parameters.env"
        )
