"""Answers that are asked for once and then hold for a while, so that passes stay cheap."""

import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Answer = TypeVar("Answer")


class Memory(Generic[Key, Answer]):
    """Remembers an answer for some seconds; what is older is forgotten."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._answers: dict[Key, tuple[float, Answer]] = {}

    async def recall(self, key: Key, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer to a question, asked anew where it is not remembered."""
        now = self._clock()
        known = self._answers.get(key)
        if known is not None and now - known[0] < self._seconds:
            return known[1]
        answer = await ask()
        self._forget(now)
        self._answers.pop(key, None)
        self._answers[key] = (now, answer)
        return answer

    def _forget(self, now: float) -> None:
        """Answers are in the order in which they were asked for, so the oldest come first."""
        while self._answers:
            oldest = next(iter(self._answers))
            if now - self._answers[oldest][0] < self._seconds:
                return
            del self._answers[oldest]
