"""Calls from OpenVINO's own threads into Python, without what each of them would cost.

A thread needs a Python thread state to run Python. OpenVINO's binding makes one for each call and
disposes of it after, with a stack that is mapped and unmapped. Unmapping interrupts all processors
that this process runs on: that took a tenth of a millisecond an inference, and time of others.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable

_thread = threading.local()


def call_back(on_done: Callable[[], None]) -> None:
    """Call it on this thread of OpenVINO's, which from now on keeps its Python thread state."""
    if not hasattr(_thread, "is_kept"):
        ctypes.pythonapi.PyGILState_Ensure()  # never released: what is in use is not disposed of
        _thread.is_kept = True
    on_done()
