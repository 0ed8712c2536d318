"""The device a model is compiled for, wrapped for batching where a batch size is asked for.

OpenVINO batches requests by itself only on GPUs and for throughput. An explicit batch size works
on every device, in the form of the virtual device `BATCH:<device>(<size>)`; a device that is itself
composed, such as `AUTO:GPU,CPU`, cannot stand inside it.
"""

from modelserver_operator.api.models_settings import ModelsSettings

DEFAULT = "CPU"


def target_device(settings: ModelsSettings) -> str:
    """The value of `--target_device`."""
    device = settings.target_device or DEFAULT
    if batch_size(settings) and ":" not in device:
        return f"BATCH:{device}({batch_size(settings)})"
    return device


def batch_size(settings: ModelsSettings) -> int | None:
    """The batch that requests are gathered into; none where batching is turned off."""
    return None if settings.auto_batching is False else settings.auto_batch_size
