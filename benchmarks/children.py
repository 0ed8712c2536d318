"""Programs that run to their end, and the processor time that they took."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence


def run(command: Sequence[str]) -> tuple[str, float]:
    """What a program prints, errors too, and its processor time in seconds."""
    before = os.times()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    after = os.times()
    return done.stdout, sum(after[2:4]) - sum(before[2:4])
