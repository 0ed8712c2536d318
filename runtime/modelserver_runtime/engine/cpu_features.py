"""What a processor has for neural networks, which OpenVINO does not tell in full."""

from __future__ import annotations

import re
from typing import Final

_FEATURES: Final = {
    "AMX": ({"amx_tile", "amx_int8", "amx_bf16"},),  # oneDNN uses it where all three are there
    "BF16": ({"avx512_bf16"}, {"amx_bf16"}),
    "VNNI": ({"avx512_vnni"}, {"avx_vnni"}),
}
"""Sets of flags, of which one has to be there as a whole."""


def features(cpuinfo: str) -> tuple[str, ...]:
    """Those of AMX, BF16 and VNNI that the text of ``/proc/cpuinfo`` tells of."""
    match = re.search(r"^flags\s*:(.*)$", cpuinfo, re.MULTILINE)
    flags = set(match[1].split()) if match else set()
    return tuple(name for name, ways in _FEATURES.items() if any(flags >= way for way in ways))
