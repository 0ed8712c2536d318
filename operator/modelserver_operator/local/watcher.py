"""Noticing that a file was edited: by its contents, since editors and mounts lie about times."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from modelserver_operator.local.clock import every

_PERIOD_SECONDS = 1.0


async def edits(files: Sequence[Path]) -> AsyncIterator[None]:
    """Once each time that the contents of the files have changed."""
    before = _digest(files)
    async for _ in every(_PERIOD_SECONDS):
        after = _digest(files)
        if after != before:
            before = after
            yield


def _digest(files: Sequence[Path]) -> list[bytes | None]:
    return [_contents(file) for file in files]


def _contents(file: Path) -> bytes | None:
    """A digest of the file; None while it cannot be read, as in the middle of an edit."""
    try:
        return hashlib.sha256(file.read_bytes()).digest()
    except OSError:
        return None
