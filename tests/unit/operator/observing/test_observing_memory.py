"""Answers hold for a while, and are then forgotten."""

from __future__ import annotations

from modelserver_operator.observing.memory import Memory


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_an_answer_holds_for_its_time() -> None:
    clock = Clock()
    memory, asked = Memory[str, int](10, clock), iter(range(9))

    async def ask() -> int:
        return next(asked)

    answers = []
    for clock.now in (0, 9, 10, 12):
        answers.append(await memory.recall("a", ask))

    assert answers == [0, 0, 1, 1]


async def test_what_is_no_longer_asked_for_is_forgotten() -> None:
    clock = Clock()
    memory = Memory[int, int](10, clock)

    async def ask() -> int:
        return 0

    for clock.now in range(1000):
        await memory.recall(int(clock.now), ask)

    assert len(memory._answers) <= 11
