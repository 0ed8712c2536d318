"""The one OpenVINO Core of the process."""

from __future__ import annotations

import re
from typing import Final

import openvino as ov

_BUILD: Final = re.compile(r"([\d.]+)-(\d+)-([0-9a-f]{7,})\b")


def create_core() -> ov.Core:
    """A Core; plugins are loaded when a model first needs their device.

    Weights are read, not mapped: where a file that is mapped gets shorter, which is how a copy over
    it begins, the next inference ends the process with a bus error.
    """
    core = ov.Core()
    core.set_property({"ENABLE_MMAP": False})
    return core


def build() -> str:
    """OpenVINO's version, build and commit, such as ``2026.4.1 (build 22982, commit e213a147)``.

    A version that was built some other way is given as it is.
    """
    full = str(ov.get_version())
    match = _BUILD.match(full)
    return f"{match[1]} (build {match[2]}, commit {match[3]})" if match else full
