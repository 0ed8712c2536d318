"""The infer requests that nobody uses at the moment."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from modelserver_runtime.engine.slot import Slot


class FreeSlots(Protocol):
    """A store of slots that are not in use."""

    def __len__(self) -> int:
        """How many there are."""

    def take(self) -> Slot:
        """One of them, to be used; there must be one."""

    def give_back(self, slot: Slot) -> None:
        """It is not used any more."""


def free_slots(slots: Sequence[Slot], batch: int) -> FreeSlots:
    """A store of these slots, of which ``batch`` consecutive ones each share a batch."""
    return _Queue(slots) if batch == 1 else _Groups(slots, batch)


class _Queue:
    """Slots that don't depend on each other."""

    __slots__ = ("_free",)

    def __init__(self, slots: Sequence[Slot]) -> None:
        self._free = deque(slots)

    def __len__(self) -> int:
        return len(self._free)

    def take(self) -> Slot:
        return self._free.popleft()

    def give_back(self, slot: Slot) -> None:
        self._free.append(slot)


class _Groups:
    """Slots whose inferences OpenVINO gathers to batches.

    As many slots as a batch has places, in the order in which they were created, form a group, and
    the batch starts once all of them were started. So one group is filled before another is begun;
    slots handed out in any other order could leave all groups waiting for their timeout.
    """

    def __init__(self, slots: Sequence[Slot], batch: int) -> None:
        self._groups = [
            _Group(slots[start : start + batch]) for start in range(0, len(slots), batch)
        ]
        self._group_of = {slot: group for group in self._groups for slot in group.free}

    def __len__(self) -> int:
        return sum(len(group.free) for group in self._groups)

    def take(self) -> Slot:
        usable = (group for group in self._groups if group.free)
        return max(usable, key=lambda group: (len(group.gathered), len(group.free))).take()

    def give_back(self, slot: Slot) -> None:
        self._group_of[slot].give_back(slot)


class _Group:
    """The slots of one batch; ``gathered`` are those started since the last batch was."""

    __slots__ = ("_size", "free", "gathered")

    def __init__(self, slots: Sequence[Slot]) -> None:
        self._size = len(slots)
        self.free = deque(slots)
        self.gathered = set[Slot]()

    def take(self) -> Slot:
        slot = self.free.popleft()
        self.gathered.add(slot)
        if len(self.gathered) == self._size:
            self.gathered.clear()
        return slot

    def give_back(self, slot: Slot) -> None:
        if slot in self.gathered:  # the wait for a full batch timed out, all of them ran alone
            self.gathered.clear()
        self.free.append(slot)
