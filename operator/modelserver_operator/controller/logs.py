"""Log lines: one for each change, as text for people or JSON for collectors."""

import logging
import sys

from pythonjsonlogger.json import JsonFormatter

_NOISY = {
    # that signals are not its business is as we want it, and why watches have ended stands in a
    # line of our own, without a traceback for each of them
    "kopf._core.reactor.running": logging.CRITICAL,
    "kopf._core.reactor.orchestration": logging.CRITICAL,
    "kopf": logging.WARNING,
    "kubernetes": logging.ERROR,
    "aiohttp.access": logging.WARNING,
}


class _Text(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(about)s%(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def format(self, record: logging.LogRecord) -> str:
        namespace, name = getattr(record, "namespace", ""), getattr(record, "modelserver", "")
        record.about = f"{namespace}/{name}: " if name else ""
        return super().format(record)


def configure(form: str, level: str) -> None:
    """Log to standard error from now on.

    Args:
        form: `json` or `text`.
        level: of the operator's own lines; libraries speak up only when something is wrong.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_json() if form == "json" else _Text())
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    if level != "debug":
        for name, least in _NOISY.items():
            logging.getLogger(name).setLevel(least)


def _json() -> logging.Formatter:
    names = {"asctime": "time", "levelname": "level", "name": "logger"}
    fields = "%(asctime)s %(levelname)s %(name)s %(message)s"
    return JsonFormatter(fields, "%Y-%m-%dT%H:%M:%S%z", rename_fields=names)
