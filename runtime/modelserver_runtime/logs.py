"""The process's log: one line for each event, under OpenVINO Model Server's level names."""

from __future__ import annotations

import logging
from typing import Final

TRACE: Final = 5
_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def configure(level: str, path: str | None = None) -> None:
    """Log to stderr, and to a file as well if one is named.

    Raises:
        OSError: the file cannot be written.
    """
    logging.addLevelName(TRACE, "TRACE")
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    if path is not None:
        handlers.append(logging.FileHandler(path))
    logging.basicConfig(level=level, format=_FORMAT, handlers=handlers, force=True)
