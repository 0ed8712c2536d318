"""Infer requests that OpenVINO gathers to batches are handed out in whole groups."""

from __future__ import annotations

from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from modelserver_runtime.engine.free_slots import FreeSlots, free_slots
from modelserver_runtime.engine.slot import Slot

BATCH = 4


class Fake:
    """A slot is only ever compared here."""

    def __init__(self, number: int) -> None:
        self.group = number // BATCH


def slots(count: int) -> list[Slot]:
    return [cast(Slot, Fake(number)) for number in range(count)]


def taken(store: FreeSlots, count: int) -> list[Slot]:
    return [store.take() for _ in range(count)]


def groups(of: list[Slot]) -> list[int]:
    return [cast(Fake, slot).group for slot in of]


def test_a_group_is_filled_before_the_next() -> None:
    assert groups(taken(free_slots(slots(12), BATCH), 12)) == [0] * 4 + [1] * 4 + [2] * 4


def test_a_group_that_is_being_filled_comes_before_one_that_comes_back() -> None:
    store = free_slots(slots(8), BATCH)
    first = taken(store, 4)
    taken(store, 3)
    for slot in first:
        store.give_back(slot)

    assert groups(taken(store, 2)) == [1, 0]


def test_a_group_that_timed_out_is_filled_anew() -> None:
    store = free_slots(slots(8), BATCH)
    alone = taken(store, 3)
    for slot in alone:
        store.give_back(slot)

    again = taken(store, 4)

    assert len(set(groups(again))) == 1


def test_slots_without_batches_come_back_in_turn() -> None:
    all_slots = slots(3)
    store = free_slots(all_slots, 1)
    first = store.take()
    store.give_back(first)

    assert taken(store, 3) == [*all_slots[1:], first]


@given(st.lists(st.booleans(), max_size=60))
def test_none_is_lost_and_none_is_handed_out_twice(takes: list[bool]) -> None:
    store, out = free_slots(slots(12), BATCH), list[Slot]()
    for take in takes:
        if take and len(store):
            out.append(store.take())
        elif out:
            store.give_back(out.pop(0))
        assert len(set(out)) == len(out)
        assert len(store) + len(out) == 12
