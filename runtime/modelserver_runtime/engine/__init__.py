"""OpenVINO: compiled models and their execution. The only room that imports it.

``import openvino`` also imports its conversion tools, and these send a usage event and leave an id
in the home folder. A server converts nothing, so both are marked here as not installed, before any
module of this package imports openvino. That also halves the time the import takes.
"""

import sys

for _module in ("openvino.tools.ovc", "openvino_telemetry"):
    sys.modules.setdefault(_module, None)  # type: ignore[arg-type]  # None: "there is no such module"
