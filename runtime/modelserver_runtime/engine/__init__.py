"""OpenVINO: compiled models and their execution. The only room that imports it.

Two things have to be settled before any module of this package imports openvino.

``import openvino`` also imports its conversion tools, and these send a usage event and leave an id
in the home folder. A server converts nothing, so both are marked here as not installed. That also
halves the time the import takes.

OpenVINO's thread pool binds a thread to its NUMA node before an inference and back after it: two
system calls that mean nothing where there is but one node. hwloc, which does the binding, leaves it
out where it is told that the machine it describes is not this one.
"""

import os
import sys
from pathlib import Path

for _module in ("openvino.tools.ovc", "openvino_telemetry"):
    sys.modules.setdefault(_module, None)  # type: ignore[arg-type]  # None: "there is no such module"

if len(list(Path("/sys/devices/system/node").glob("node[0-9]*"))) <= 1:
    os.environ.setdefault("HWLOC_THISSYSTEM", "0")
