"""The work of `local`: play files until told to stop, show it, and leave a picture."""

import asyncio
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rich.console import Console

from modelserver_operator.local import picture, view
from modelserver_operator.local.options import Options
from modelserver_operator.local.stage import stage

_SHELL_SIGNAL_BASE = 128


async def play(options: Options, output: Path | None) -> int:
    """Play until SIGINT or SIGTERM; the exit status is 0 if one signal was enough.

    The first signal drains every replica, a second one ends them at once.

    Raises:
        UserError: the files or options cannot be played, and why.
    """
    if output is not None:
        picture.check(output)
    console = Console(highlight=False)
    ending = _Ending()
    async with stage(options, partial(view.show, console=console)) as playing:
        ending.at_once = playing.kill
        watching = asyncio.create_task(view.watch(playing, console))
        await ending.asked.wait()
        watching.cancel()
        await asyncio.wait({watching})
        if output is not None:
            picture.write(playing.timeline, output)
        console.print("Draining; once more to end at once.")
    return ending.status


class _Ending:
    """Takes the signals over, from the start: none may leave a process or a trace behind.

    Attributes:
        asked: set by the first signal.
        at_once: what the second one calls.
        status: the exit status that the signals make.
    """

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.at_once: Callable[[], None] = lambda: None
        self.status = 0
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._on_signal, number)

    def _on_signal(self, number: int) -> None:
        if self.asked.is_set():
            self.status = _SHELL_SIGNAL_BASE + number
            self.at_once()
        self.asked.set()
