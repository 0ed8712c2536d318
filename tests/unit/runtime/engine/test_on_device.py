"""When a device began with an inference, told from the ends of others."""

from __future__ import annotations

from dataclasses import dataclass

from modelserver_runtime.engine.on_device import OnDevice


@dataclass(eq=False)
class Inference:
    """One that was handed over at 0."""

    started: float = 0.0


def given(streams: int, count: int) -> tuple[OnDevice, list[Inference]]:
    device, inferences = OnDevice(streams), [Inference() for _ in range(count)]
    for inference in inferences:
        device.enter(inference)
    return device, inferences


def test_as_many_as_there_are_streams_begin_at_once() -> None:
    device, inferences = given(2, 3)
    device.leave(inferences[0], 5.0)
    assert [inference.started for inference in inferences] == [0, 0, 5]


def test_those_that_wait_begin_in_their_order() -> None:
    device, inferences = given(1, 3)
    device.leave(inferences[0], 5.0)
    device.leave(inferences[1], 7.0)
    assert [inference.started for inference in inferences] == [0, 5, 7]


def test_a_stream_that_came_free_takes_the_next_at_once() -> None:
    device, inferences = given(1, 1)
    device.leave(inferences[0], 5.0)
    next_one, last = Inference(started=8), Inference(started=8)
    device.enter(next_one)
    device.enter(last)
    device.leave(next_one, 9.0)
    assert (next_one.started, last.started) == (8, 9)


def test_one_that_overtakes_leaves_the_others_their_streams() -> None:
    device, inferences = given(1, 3)
    device.leave(inferences[1], 5.0)
    assert inferences[2].started == 0
    device.leave(inferences[0], 6.0)
    assert inferences[2].started == 6
