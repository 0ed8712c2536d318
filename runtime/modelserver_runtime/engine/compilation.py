"""One model compiled for one device: with which properties, and with which help of the cache."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path

import openvino as ov

from modelserver_runtime.engine import model_cache
from modelserver_runtime.engine.explain import explain
from modelserver_runtime.engine.placement import total
from modelserver_runtime.engine.plugin_config import properties
from modelserver_runtime.settings import ModelSettings, PluginValue

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Compilation:
    """Everything that a compilation depends on, but for the device; see compiler.load."""

    core: ov.Core
    path: Path
    settings: ModelSettings
    threads: int | None
    profiling: bool = False

    def run(
        self, model: ov.Model, device: str
    ) -> tuple[ov.CompiledModel, model_cache.CacheUse | None]:
        """Compile, or read the result from the cache, which then is told as well.

        Raises:
            RuntimeError: OpenVINO refuses.
        """
        given = self.properties(device)
        cache_dir = given.get("CACHE_DIR")
        if not cache_dir:
            return self.core.compile_model(model, device, given), None
        folder = Path(str(cache_dir))
        before = model_cache.files(folder)
        compiled = self.core.compile_model(model, device, given)
        return compiled, model_cache.use(compiled, folder, before)

    def streams(self, model: ov.Model, device: str) -> int:
        """The streams that a model has on a device, found out by compiling it for that.

        It is 0 where the device refuses.
        """
        try:
            return total(self.run(model, device)[0], "NUM_STREAMS")
        except RuntimeError as error:
            logger.warning("the streams on %s are not known: %s", device, explain(error))
            return 0

    def properties(self, device: str) -> dict[str, PluginValue]:
        """What OpenVINO is told beside the device; what the user wrote wins over the rest."""
        settings = replace(self.settings, target_device=device)
        if settings.cache_dir is not None:
            folder = model_cache.folder_for(settings.cache_dir, settings.name, self.path)
            settings = replace(settings, cache_dir=str(folder))
        written = properties(settings, self.threads)
        compact = model_cache.compact_form(self.core, device, self.path, written)
        measured: dict[str, PluginValue] = {"PERF_COUNT": True} if self.profiling else {}
        return {**compact, **measured, **written}
