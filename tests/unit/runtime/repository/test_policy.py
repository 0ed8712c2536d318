"""Which versions to serve."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelserver_runtime.repository.policy import choose
from modelserver_runtime.settings import AllVersions, Latest, Specific, VersionPolicy

VERSIONS = st.sets(st.integers(1, 20))


@pytest.mark.parametrize(
    ("policy", "there", "broken", "chosen"),
    [
        (Latest(), {1, 2, 3}, set(), (3,)),
        (Latest(), {1, 2, 3}, {3}, (2,)),
        (Latest(), {1, 2, 3}, {1, 2, 3}, ()),
        (Latest(2), {1, 2, 3}, set(), (3, 2)),
        (Latest(2), {1, 2, 3}, {2}, (3, 1)),
        (Latest(5), {1, 2}, set(), (2, 1)),
        (AllVersions(), {1, 10, 9}, set(), (10, 9, 1)),
        (AllVersions(), {1, 2}, {1}, (2,)),
        (Specific(frozenset({1, 3})), {1, 2, 3}, set(), (3, 1)),
        (Specific(frozenset({1, 3})), {1, 2}, set(), (1,)),
        (Specific(frozenset({3})), {2, 3}, {3}, ()),
    ],
)
def test_the_choice(
    policy: VersionPolicy, there: set[int], broken: set[int], chosen: tuple[int, ...]
) -> None:
    assert choose(policy, there, broken) == chosen


@given(st.integers(1, 5), VERSIONS, VERSIONS)
def test_latest_takes_the_highest_that_load(count: int, there: set[int], broken: set[int]) -> None:
    chosen = choose(Latest(count), there, broken)

    assert set(chosen) <= there - broken
    assert len(chosen) == min(count, len(there - broken))
    assert all(passed_over < min(chosen) for passed_over in there - broken - set(chosen))
