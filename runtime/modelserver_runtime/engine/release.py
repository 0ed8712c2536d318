"""When a compiled model can be let go.

Its destructor waits for OpenVINO's threads, and keeps Python's lock meanwhile. A thread that has
just finished an inference still needs that lock for a moment, to dispose of the callback: released
in that moment, a model would hang the whole process.
"""

from __future__ import annotations

from typing import Final

import openvino as ov

from modelserver_runtime.engine.placement import gathers_batches

QUIET_SECONDS: Final = 0.1
"""After an inference, the time until its thread is sure to have no need of Python's lock."""


def wind_down(compiled: ov.CompiledModel) -> float:
    """Get a model that runs no inference ready to be released; the seconds until it may be.

    With automatic batching there are threads that sleep until the batch timeout. A shorter one
    holds from the next time on.
    """
    if not gathers_batches(compiled):
        return QUIET_SECONDS
    milliseconds = int(compiled.get_property("AUTO_BATCH_TIMEOUT"))
    compiled.set_property({"AUTO_BATCH_TIMEOUT": 1})
    return milliseconds / 1000 + QUIET_SECONDS
