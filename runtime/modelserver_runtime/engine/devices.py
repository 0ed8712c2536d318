"""Target devices: which there are, which are missing and why, and plugins from outside the package.

OpenVINO finds out about a missing device deep inside a compilation, and its message names a C++
file. Worse, ``AUTO:GPU,CPU`` fails as a whole where the GPU's driver library is missing, although
falling back to the CPU is what AUTO is for. So candidates are looked at before, and devices named
after a failure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import openvino as ov

from modelserver_runtime.engine.explain import explain
from modelserver_runtime.settings import SettingsError

_VIRTUAL = {"AUTO", "MULTI", "HETERO", "BATCH"}


@dataclass(frozen=True, slots=True)
class Target:
    """A target device for OpenVINO; ``left_out`` tells which of AUTO's candidates aren't in it."""

    device: str
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def remarks(self) -> tuple[str, ...]:
        """A line for each candidate that is left out."""
        return tuple(
            f"target_device: {device} is left out: {reason}"
            for device, reason in self.left_out.items()
        )

    @property
    def may_move(self) -> bool:
        """Whether OpenVINO may move a running model from one device to another."""
        return self.device.partition(":")[0] == "AUTO"


def register(core: ov.Core, plugins: Mapping[str, str]) -> None:
    """Make devices known whose plugin is not part of the OpenVINO package.

    A name that is known already keeps the library that it was first given.

    Args:
        plugins: libraries by the name that the device is to have, which must contain the name that
            the plugin has for itself.
    """
    for name, library in plugins.items():
        with suppress(RuntimeError):  # it is registered already
            core.register_plugin(library, name, {})


def members(target_device: str) -> tuple[str, ...]:
    """The physical devices that a target names: ``GPU`` and ``CPU`` of ``AUTO:GPU,CPU``.

    AUTO's exclusions, as in ``AUTO:-GPU``, are none of them, and neither is a batch size.
    """
    names = re.split(r"[:,]", re.sub(r"\(\d*\)", "", target_device))
    stripped = (name.strip() for name in names)
    return tuple(name for name in stripped if name and name[0] != "-" and name not in _VIRTUAL)


def absence(core: ov.Core, device: str) -> str | None:
    """Why a physical device such as ``GPU.1`` cannot be used; None where it can."""
    family, _, number = device.partition(".")
    try:
        found = core.get_property(family, "AVAILABLE_DEVICES")
    except RuntimeError as error:
        return explain(error)
    if not found:
        return "no such device was found"
    return None if not number or number in found else f"there is no number {number}"


def choose(core: ov.Core, target_device: str) -> Target:
    """The target without those of AUTO's candidates that cannot be used.

    Raises:
        SettingsError: none of the candidates can be used, or not all of MULTI's devices.
    """
    kind, _, listed = target_device.partition(":")
    # OpenVINO's MULTI would pass over a name that it does not know.
    if kind == "MULTI" and (words := refusal(core, target_device)):
        raise SettingsError(words)
    if kind != "AUTO" or not members(target_device):
        return Target(target_device)
    reasons = {device: absence(core, device) for device in members(target_device)}
    missing = {device: reason for device, reason in reasons.items() if reason is not None}
    if len(missing) == len(reasons):
        raise SettingsError(_refusal(core, target_device, missing))
    kept = [entry for entry in listed.split(",") if not missing.keys() & set(members(entry))]
    return Target(f"AUTO:{','.join(kept)}", missing)


def refusal(core: ov.Core, target_device: str) -> str | None:
    """After a failed compilation: which of the target's devices are missing; None if none is."""
    reasons = {device: absence(core, device) for device in members(target_device)}
    missing = {device: reason for device, reason in reasons.items() if reason is not None}
    return _refusal(core, target_device, missing) if missing else None


def _refusal(core: ov.Core, target_device: str, missing: Mapping[str, str]) -> str:
    causes = "; ".join(f"{device}: {reason}" for device, reason in missing.items())
    return (
        f"target_device {target_device}: {', '.join(missing)} is not there, "
        f"devices are {', '.join(core.available_devices)} ({causes})"
    )
