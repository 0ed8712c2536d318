"""The first inference after a start: without a model cache, with a cold and with a warm one."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from modelserver_runtime.engine.compiler import LoadError
from modelserver_runtime.engine.core import create_core
from modelserver_runtime.engine.first_inference import FirstInference, first_inference
from modelserver_runtime.engine.threads import thread_limit
from modelserver_runtime.kernels.report import table
from modelserver_runtime.settings import ModelSettings, SettingsError
from modelserver_runtime.tools.children import in_new_process

Starts = Mapping[str, FirstInference]
"""What each kind of start took."""

_HEAD: Final = ("cache", "load (ms)", "first (ms)", "next (ms)", "hit or miss", "files")


def measure(settings: ModelSettings, path: Path) -> Starts:
    """Start three times, each time in a process of its own.

    Raises:
        SettingsError: the model cannot be run.
    """
    with TemporaryDirectory() as folder:
        cached = replace(settings, cache_dir=folder)
        return {
            "none": in_new_process(start, settings, path),
            "cold": in_new_process(start, cached, path),
            "warm": in_new_process(start, cached, path),
        }


def start(settings: ModelSettings, path: Path) -> FirstInference:
    """One start; raises SettingsError where the model cannot be run."""
    try:
        return first_inference(create_core(), path, settings, thread_limit(os.environ))
    except LoadError as error:
        raise SettingsError(f"{path}: {error}") from error


def document(starts: Starts) -> Mapping[str, object]:
    """The starts in JSON's types."""
    return {kind: _entry(took) for kind, took in starts.items()}


def _entry(took: FirstInference) -> Mapping[str, object]:
    return {
        "load_ms": took.load * 1000,
        "first_inference_ms": took.first * 1000,
        "next_inference_ms": took.next * 1000,
        "loaded_from_cache": None if took.cache is None else took.cache.hit,
        "cache_files": [] if took.cache is None else [file.name for file in took.cache.files],
    }


def text(starts: Starts) -> str:
    """The starts as a table for a terminal."""
    return "\n".join(table(_HEAD, [_row(kind, took) for kind, took in starts.items()]))


def _row(kind: str, took: FirstInference) -> Sequence[str]:
    times = (f"{seconds * 1000:.2f}" for seconds in (took.load, took.first, took.next))
    if took.cache is None:
        return (kind, *times, "-", "-")
    names = ", ".join(file.name for file in took.cache.files)
    return (kind, *times, "hit" if took.cache.hit else "miss", names)
