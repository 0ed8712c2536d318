"""The command itself: flags in, figures out."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterable, Sequence
from typing import Final

import orjson
import uvloop

from modelserver_runtime.tools.bench import listing, parser, report
from modelserver_runtime.tools.bench.comparison import compare, row
from modelserver_runtime.tools.bench.measure import measure
from modelserver_runtime.tools.bench.options import Comparison, Options

_INTERRUPTED: Final = 130


def run(arguments: Sequence[str]) -> int:
    """Run the command line; the exit code, which is 1 where requests failed.

    Raises:
        SettingsError: the flags make no sense, or not for this server.
        OSError: the server can't be reached.
    """
    options = parser.parse(arguments)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_run(options))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return _INTERRUPTED


async def _run(options: Options) -> int:
    _stop_on_sigterm()
    if options.list_models:
        return await _list(options)
    if options.comparison is not None:
        return await _compare(options, options.comparison)
    return await _measure(options)


def _stop_on_sigterm() -> None:
    """End as on Ctrl-C, so that a server of our own doesn't outlive this process."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


async def _list(options: Options) -> int:
    async for line in listing.lines(options):
        print(line)
    return 0


async def _measure(options: Options) -> int:
    done = await measure(options)
    _print(report.lines(done, options))
    _remark(report.remarks(done, options.load))
    return 1 if report.errors(done) else 0


async def _compare(options: Options, model: Comparison) -> int:
    rows = []
    async for compared in compare(options, model):
        rows.append(compared)
        _remark(f"{compared.hint}: {line}" for line in report.remarks(compared.run, options.load))
    if options.report.json:
        print(orjson.dumps([row(compared) for compared in rows]).decode())
    else:
        _print(report.table([row(compared) for compared in rows]))
    return 1 if any(report.errors(compared.run) for compared in rows) else 0


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)


def _remark(lines: Iterable[str]) -> None:
    for line in lines:
        print(f"modelserver-runtime bench: {line}", file=sys.stderr)
