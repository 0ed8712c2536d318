"""``modelserver-runtime``: serves, with OpenVINO Model Server's flags.

The exit code is 64 where flags contradict each other, as there; 2 for any other mistake in what was
given; 1 where the machine refuses, say because a port is taken.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Final

from modelserver_runtime.settings import SettingsError, UsageError

logger = logging.getLogger(__name__)

_CACHE_DIR: Final = "/opt/cache"  # used where it is there and writable, as OVMS does


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; its exit code."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    command = _COMMANDS.get(arguments[0]) if arguments else None
    try:
        return command(arguments[1:]) if command else _serve(arguments)
    except UsageError as error:
        return _fail(64, error)
    except SettingsError as error:
        return _fail(2, error)
    except OSError as error:
        return _fail(1, error)


def _serve(arguments: Sequence[str]) -> int:
    if "--version" in arguments:
        return _print_versions()
    from modelserver_runtime import flags, logs

    line = flags.parse(arguments, _CACHE_DIR if os.access(_CACHE_DIR, os.W_OK) else None)
    logs.configure(line.server.log_level, line.server.log_path)
    if line.without_effect:
        logger.info("flags without effect here: %s", ", ".join(line.without_effect))
    from modelserver_runtime import app

    return app.run(line.server, line.models)


def _print_versions() -> int:
    from modelserver_runtime.engine import core

    print(f"modelserver-runtime {version('modelserver')}\nOpenVINO {core.build()}")
    return 0


def _bench(arguments: Sequence[str]) -> int:
    from modelserver_runtime.tools.bench import command

    return command.run(arguments)


def _profile(arguments: Sequence[str]) -> int:
    from modelserver_runtime.tools import profile

    return profile.run(arguments)


def _devices(arguments: Sequence[str]) -> int:
    from modelserver_runtime.tools import devices

    return devices.run(arguments)


def _fail(code: int, error: Exception) -> int:
    print(f"modelserver-runtime: {error}", file=sys.stderr)
    return code


_COMMANDS: Final[Mapping[str, Callable[[Sequence[str]], int]]] = {
    "serve": _serve,
    "bench": _bench,
    "profile": _profile,
    "devices": _devices,
}
"""Sub-commands by name; without one, the flags are those of ``serve``."""
