"""Which of the inferences that a device was given it runs, and which wait for one of its streams.

A device may be given more inferences than it has streams, so that a stream goes on at once while an
answer is written. It takes them in their order and says nothing of when it begins one: that is when
a stream has come free.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol


class Inference(Protocol):
    """One that was given to the device. ``started`` is when it began, as far as is known."""

    started: float


class OnDevice:
    """The inferences of one compiled model that were started and have not ended.

    Args:
        streams: how many run at once.
    """

    __slots__ = ("_unoccupied", "_waiting")

    def __init__(self, streams: int) -> None:
        self._unoccupied = streams
        self._waiting = deque[Inference]()

    def enter(self, inference: Inference) -> None:
        """It has just been given to the device."""
        if self._unoccupied:
            self._unoccupied -= 1
        else:
            self._waiting.append(inference)

    def leave(self, inference: Inference, ended: float) -> None:
        """It has ended; the one that waited longest has its stream now."""
        if inference in self._waiting:  # it overtook, or the news of another's end is still to come
            self._waiting.remove(inference)
        elif self._waiting:
            self._waiting.popleft().started = ended
        else:
            self._unoccupied += 1
