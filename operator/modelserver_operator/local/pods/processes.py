"""Child processes that never outlive this one, however it ends."""

import asyncio
import contextlib
import ctypes
import functools
import os
import signal
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl  # looked up here, since after a fork no lock can be waited for


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """What to run, and its whole environment."""

    argv: Sequence[str]
    env: Mapping[str, str]


async def start(spec: ProcessSpec, log: Path) -> Process:
    """Start a process that appends to `log` and is killed by the kernel when this one dies.

    A session of its own keeps a Ctrl-C in the terminal away from it: it is ended in order, by us.
    """
    with _appending(log) as output:
        return await asyncio.create_subprocess_exec(
            *spec.argv,
            env=spec.env,
            stdin=DEVNULL,
            stdout=output,
            stderr=STDOUT,
            start_new_session=True,
            preexec_fn=functools.partial(_die_with, os.getpid()),
        )


async def stop(process: Process, grace_seconds: float) -> None:
    """Ask the process to end, and end it when the grace is over."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(grace_seconds):
            await process.wait()
    except TimeoutError:
        kill(process)
        await process.wait()


def kill(process: Process) -> None:
    """End the process at once, if it has not ended."""
    with contextlib.suppress(ProcessLookupError):
        process.kill()


def _appending(log: Path) -> BinaryIO:
    return log.open("ab")


def _die_with(parent: int) -> None:
    """Runs in the child, before the program: tie its life to the parent's."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # the parent died before the tie was made
        os.kill(os.getpid(), signal.SIGKILL)
