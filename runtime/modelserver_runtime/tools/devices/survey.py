"""Everything the command shows, gathered."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelserver_runtime.engine import auto_choice, devices
from modelserver_runtime.engine.compiler import LoadError
from modelserver_runtime.engine.core import create_core
from modelserver_runtime.engine.cpu_features import features
from modelserver_runtime.engine.device_report import Device, describe, use_onednn
from modelserver_runtime.kernels import onednn
from modelserver_runtime.settings import ModelSettings, SettingsError
from modelserver_runtime.tools.children import captured_stdout, in_new_process

_FAMILIES: Final = ("CPU", "GPU", "NPU")  # that the OpenVINO package has plugins for


@dataclass(frozen=True, slots=True)
class Found:
    """A device, and what has to be found out beside its plugin.

    Attributes:
        features: of a CPU: which of AMX, BF16 and VNNI it has.
        onednn: the version of oneDNN in its plugin, None where it does not use oneDNN.
    """

    device: Device
    features: tuple[str, ...]
    onednn: str | None


@dataclass(frozen=True, slots=True)
class Survey:
    """All devices; ``missing`` says of those that cannot be used why that is."""

    found: tuple[Found, ...]
    missing: Mapping[str, str]


def survey(plugins: Mapping[str, str]) -> Survey:
    """Look at every device there is, those of further plugins included."""
    core = create_core()
    devices.register(core, plugins)
    reasons = {name: devices.absence(core, name) for name in (*_FAMILIES, *plugins)}
    return Survey(
        tuple(_found(describe(core, name), plugins) for name in core.available_devices),
        {name: reason for name, reason in reasons.items() if reason is not None},
    )


def choose(path: Path, settings: ModelSettings) -> auto_choice.Choice:
    """AUTO's choice for a model. Raises SettingsError where there is none."""
    try:
        return auto_choice.choose(create_core(), path, settings)
    except LoadError as error:
        raise SettingsError(f"{path}: {error}") from error


def _found(device: Device, plugins: Mapping[str, str]) -> Found:
    is_cpu = device.name.partition(".")[0] == "CPU"
    return Found(
        device,
        features(Path("/proc/cpuinfo").read_text()) if is_cpu else (),
        in_new_process(onednn_version, device.name, plugins),
    )


def onednn_version(device: str, plugins: Mapping[str, str]) -> str | None:
    """The version of oneDNN in a device's plugin; for a process that has not used it before."""
    os.environ["ONEDNN_VERBOSE"] = "1"
    core = create_core()
    devices.register(core, plugins)
    log = list[str]()
    with captured_stdout(log), suppress(RuntimeError):  # not every device runs every model
        use_onednn(core, device)
    return onednn.version(log)
