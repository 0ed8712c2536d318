"""Models that are loaded together behind AUTO, whichever of them is compiled sooner."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from modelserver_runtime.engine.compiler import Compiled, load
from modelserver_runtime.engine.launch import Launcher
from modelserver_runtime.engine.registry import Registry
from modelserver_runtime.lifecycle import Lifecycle
from modelserver_runtime.metrics import Metrics
from modelserver_runtime.repository.opening import open_source
from modelserver_runtime.settings import ModelSettings

# isort: split
import openvino as ov

if TYPE_CHECKING:
    from conftest import Repository

FASTEST_LAST = {"HIGH": 0.2, "MEDIUM": 0.1, "LOW": 0.0}  # seconds before a model is compiled


@pytest.fixture
def priorities(repository: Repository, tiny_model: ov.Model) -> list[ModelSettings]:
    """Models named for their priorities, the lowest first."""
    for priority in FASTEST_LAST:
        repository.add(priority, 1, tiny_model)
    return [
        ModelSettings(
            priority,
            str(repository.base_path(priority)),
            target_device="AUTO:XCPU,CPU",
            plugin_config={"MODEL_PRIORITY": priority},
            device_plugins={"XCPU": "libopenvino_intel_cpu_plugin.so"},
        )
        for priority in reversed(FASTEST_LAST)
    ]


@pytest.mark.parametrize("way", ["start", "reload"])
async def test_the_first_device_goes_to_the_highest_priority_and_not_to_who_is_quickest(
    core: ov.Core, priorities: list[ModelSettings], tmp_path: Path, way: str
) -> None:
    def compile_it(path: Path, settings: ModelSettings) -> Compiled:
        time.sleep(FASTEST_LAST[settings.name])
        return load(core, path, settings, threads=1)

    registry = Registry()
    launcher = Launcher(Metrics(), asyncio.get_running_loop())
    open_repository = partial(open_source, downloads=tmp_path / "downloads")
    lifecycle = Lifecycle(
        lambda: priorities, registry, compile_it, launcher.launch, open_repository
    )

    await (lifecycle.start_passes() if way == "start" else lifecycle.reload())
    await lifecycle.idle()

    devices = {name: registry.find(name, None).placement().devices for name in FASTEST_LAST}
    assert devices == {"HIGH": ("XCPU",), "MEDIUM": ("CPU",), "LOW": ("CPU",)}
