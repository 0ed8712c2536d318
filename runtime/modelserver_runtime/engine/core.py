"""The one OpenVINO Core of the process."""

from __future__ import annotations

import openvino as ov


def create_core() -> ov.Core:
    """A Core; plugins are loaded when a model first needs their device.

    Weights are read, not mapped: where a file that is mapped gets shorter, which is how a copy over
    it begins, the next inference ends the process with a bus error.
    """
    core = ov.Core()
    core.set_property({"ENABLE_MMAP": False})
    return core


def build() -> str:
    """OpenVINO's own version with its build."""
    return str(ov.get_version())
