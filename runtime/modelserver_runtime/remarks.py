"""Log lines of something that is looked at again and again: said once, until they change."""

from __future__ import annotations

import logging
from collections.abc import Hashable


class Remarks:
    """Remembers by topic what was said last."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._said: dict[Hashable, str] = {}

    def error(self, topic: Hashable, message: str) -> None:
        self._say(logging.ERROR, topic, message)

    def warning(self, topic: Hashable, message: str) -> None:
        self._say(logging.WARNING, topic, message)

    def clear(self, topic: Hashable) -> None:
        """The matter is settled: should it come up again, it is said again."""
        self._said.pop(topic, None)

    def _say(self, level: int, topic: Hashable, message: str) -> None:
        if self._said.get(topic) != message:
            self._said[topic] = message
            self._logger.log(level, "%s", message)
