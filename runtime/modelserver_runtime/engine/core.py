"""The one OpenVINO Core of the process."""

from __future__ import annotations

import openvino as ov


def create_core() -> ov.Core:
    """A Core; plugins are loaded when a model first needs their device."""
    return ov.Core()


def build() -> str:
    """OpenVINO's own version with its build."""
    return str(ov.get_version())
