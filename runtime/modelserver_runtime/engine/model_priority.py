"""Which models AUTO has to see first, so that each gets the device that is due to it.

AUTO gives a model the best device that no model of a higher priority holds by then, and never moves
it when one comes later. So models that are loaded together are loaded in the order of priority.
"""

from __future__ import annotations

import re
from typing import Final

from modelserver_runtime.settings import ModelSettings

_RANKS: Final = {"HIGH": 0, "MEDIUM": 1, "LOW": 2}


def rank(settings: ModelSettings) -> int:
    """The lower, the earlier."""
    return _RANKS.get(str(settings.plugin_config.get("MODEL_PRIORITY")), _RANKS["MEDIUM"])


def goes_before(one: ModelSettings, other: ModelSettings) -> bool:
    """Whether AUTO chooses devices for both, and for ``one`` first."""
    return rank(one) < rank(other) and _is_auto(one) and _is_auto(other)


def _is_auto(settings: ModelSettings) -> bool:
    return "AUTO" in re.split(r"[:,(]", settings.target_device)
