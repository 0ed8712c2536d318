"""Work that needs a process of its own.

oneDNN reads ONEDNN_VERBOSE once, when it is first used, and what a first inference costs shows only
in a process that has not inferred before.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_STDOUT = 1


def in_new_process(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The function's result, or its exception; it and its arguments have to be picklable."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *args, **kwargs).result()


@contextmanager
def captured_stdout(lines: list[str]) -> Iterator[None]:
    """Add what is printed inside, also by libraries, to ``lines``."""
    with tempfile.TemporaryFile("w+") as log:
        kept = os.dup(_STDOUT)
        os.dup2(log.fileno(), _STDOUT)
        try:
            yield
        finally:
            os.dup2(kept, _STDOUT)
            os.close(kept)
            log.seek(0)
            lines.extend(log.read().splitlines())
