"""OpenVINO's exceptions in one line that a user can act on."""

from __future__ import annotations

import re

_NOISE = re.compile(
    r"^(Exception from |Check '|While validating|File |\[ ?[A-Z_]+ ?\]$)|src/.*:\d+"
)


def explain(error: BaseException) -> str:
    """The line of an OpenVINO error that names the cause, without the C++ places it passed."""
    stripped = (line.strip(" ;:") for line in str(error).splitlines())
    lines = [line for line in stripped if line]
    telling = [line for line in lines if not _NOISE.search(line)]
    return (telling or lines or [type(error).__name__])[-1]
