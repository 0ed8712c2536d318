"""One inference of a model, layer by layer.

It is run twice: here, for the times, and in a child with oneDNN's verbose log, for its kernels.
"""

from __future__ import annotations

import os
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from time import sleep
from typing import NamedTuple

from modelserver_runtime.engine.compiler import LoadError, load
from modelserver_runtime.engine.core import create_core
from modelserver_runtime.engine.first_inference import bare
from modelserver_runtime.engine.threads import thread_limit
from modelserver_runtime.kernels import onednn
from modelserver_runtime.kernels.layers import Layer, Sort, arranged
from modelserver_runtime.kernels.report import Profile
from modelserver_runtime.settings import ModelSettings, SettingsError
from modelserver_runtime.tools.children import captured_stdout, in_new_process


class VerboseLog(NamedTuple):
    """oneDNN's log of a model's load and first inference, and that of the inference after it."""

    started: list[str]
    inferred: list[str]


def measure(settings: ModelSettings, path: Path, sort: Sort, *, executed_only: bool) -> Profile:
    """Run the model and tell what it did.

    Raises:
        SettingsError: it cannot be run.
    """
    layers, devices = profiled(settings, path)
    started, inferred = _log(settings, path, "1")
    ran = onednn.executions(inferred)
    if any(layer.is_onednn is None for layer in layers):
        layers = (
            onednn.marked_by_log(layers, ran) if ran else _marked_by_kind(layers, settings, path)
        )
    return Profile(
        devices,
        arranged(layers, sort, executed_only=executed_only),
        onednn.primitives(ran),
        onednn.version(started),
    )


def _marked_by_kind(layers: list[Layer], settings: ModelSettings, path: Path) -> list[Layer]:
    kinds = onednn.created_kinds(_log(settings, path, "profile_create").started)
    return onednn.marked_by_kind(layers, kinds) if kinds else layers


def profiled(settings: ModelSettings, path: Path) -> tuple[list[Layer], tuple[str, ...]]:
    """The layers of one inference, and the devices that they ran on."""
    try:
        ready = load(create_core(), path, settings, thread_limit(os.environ), profiling=True)
    except LoadError as error:
        raise SettingsError(f"{path}: {error}") from error
    layers, devices = ready.profile(), ready.placement().devices
    sleep(ready.wind_down())
    return layers, devices


def _log(settings: ModelSettings, path: Path, verbosity: str) -> VerboseLog:
    """OneDNN's log; empty where it can't be had.

    While it logs executions, OpenVINO 2026.4 fails to run many models: "could not execute a
    primitive", or a crash. Then the log of what was created has to do.
    """
    try:
        return in_new_process(verbose_log, settings, path, verbosity)
    except (BrokenProcessPool, LoadError, RuntimeError):
        return VerboseLog([], [])


def verbose_log(settings: ModelSettings, path: Path, verbosity: str) -> VerboseLog:
    """Run a model with ONEDNN_VERBOSE; for a process that has not used oneDNN before."""
    os.environ["ONEDNN_VERBOSE"] = verbosity
    log = VerboseLog([], [])
    with captured_stdout(log.started):
        infer, _ = bare(create_core(), path, settings, thread_limit(os.environ))
        infer()
    with captured_stdout(log.inferred):
        infer()
    return log
