"""The properties that a model is compiled with: the user's, and what they leave open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from modelserver_runtime.settings import ModelSettings, PluginConfig, PluginValue

_STREAMS: Final = ("CPU_THROUGHPUT_STREAMS", "GPU_THROUGHPUT_STREAMS")
_AUTOMATIC: Final = ("CPU_THROUGHPUT_AUTO", "GPU_THROUGHPUT_AUTO")
_THREADS: Final = "CPU_THREADS_NUM"


def properties(settings: ModelSettings, threads: int | None) -> dict[str, PluginValue]:
    """What to hand to OpenVINO. A property that the user wrote wins over every default here.

    Args:
        threads: those that fit the CPU limit, None where all cores may be used.
    """
    written = dict(_translated(key, value) for key, value in settings.plugin_config.items())
    return {**_defaults(settings, written, threads), **written}


def _translated(key: str, value: PluginValue) -> tuple[str, PluginValue]:
    """A property of older OpenVINO releases under its present name."""
    if key in _STREAMS and value in _AUTOMATIC:
        return "PERFORMANCE_HINT", "THROUGHPUT"
    if key in _STREAMS:
        return "NUM_STREAMS", value
    return ("INFERENCE_NUM_THREADS", value) if key == _THREADS else (key, value)


def _defaults(
    settings: ModelSettings, written: PluginConfig, threads: int | None
) -> Mapping[str, PluginValue]:
    defaults: dict[str, PluginValue] = {}
    if not written.keys() & {"PERFORMANCE_HINT", "NUM_STREAMS"}:
        defaults["PERFORMANCE_HINT"] = "LATENCY"
    if settings.cache_dir is not None and settings.may_cache:
        defaults["CACHE_DIR"] = settings.cache_dir
    if threads is not None and uses_cpu(settings.target_device):
        defaults["INFERENCE_NUM_THREADS"] = threads
        # Servers that share a machine would all pin their threads to the same first cores.
        defaults["ENABLE_CPU_PINNING"] = False
    return defaults


def uses_cpu(target_device: str) -> bool:
    """Whether the CPU may take part, so that its properties can be given.

    MULTI, HETERO and BATCH hand them to the CPU among their devices, and without one refuse what
    they don't know. AUTO hands each device what it knows, and passes over the rest.
    """
    return not {"CPU", "AUTO"}.isdisjoint(re.split(r"[:,(]", target_device))
