"""Which replicas a Deployment starts and drains next."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelserver_operator.local.pods.rollout import Member, Step, Strategy, decide, strategy

SURGE = Strategy(recreate=False, max_surge=1, max_unavailable=0)
NO_SURGE = Strategy(recreate=False, max_surge=0, max_unavailable=1)
RECREATE = Strategy(recreate=True)


def members(text: str) -> list[Member]:
    """`A1 b2 A3-`: revision a or b with a serial, in capitals where ready, `-` where leaving."""
    return [
        Member(
            name=word.rstrip("-").lower(),
            serial=int(word[1]),
            revision=word[0].lower(),
            ready=word[0].isupper(),
            leaving=word.endswith("-"),
        )
        for word in text.split()
    ]


@pytest.mark.parametrize(
    ("promise", "desired", "strategy", "there", "step"),
    [
        ("starts what is missing", 3, SURGE, "", Step(3)),
        ("starts only what is missing", 3, SURGE, "B1 b2", Step(1)),
        ("is content", 2, SURGE, "B1 b2", Step()),
        ("does not count who is leaving", 2, SURGE, "B1 B2-", Step(1)),
        ("drains unready ones first", 1, SURGE, "b1 B2", Step(drain=("b1",))),
        ("then the youngest", 1, SURGE, "B1 B2 B3", Step(drain=("b3", "b2"))),
        ("drains all for zero", 0, SURGE, "B1 B2", Step(drain=("b2", "b1"))),
        ("also amid a roll-out", 0, SURGE, "A1 A2", Step(drain=("a2", "a1"))),
        ("surges by one in a roll-out", 2, SURGE, "A1 A2", Step(1)),
        ("waits until the new one is ready", 2, SURGE, "A1 A2 b3", Step()),
        ("drains an old one for a ready new one", 2, SURGE, "A1 A2 B3", Step(drain=("a2",))),
        ("goes on while the old one leaves", 2, SURGE, "A1 A2- B3", Step(1)),
        ("drains unready old ones first", 2, SURGE, "a1 A2 B3", Step(drain=("a1",))),
        ("keeps an unready old one until then", 1, SURGE, "a1 b2", Step()),
        ("makes room where it may not surge", 2, NO_SURGE, "A1 A2", Step(drain=("a2",))),
        ("then starts one", 2, NO_SURGE, "A1 A2-", Step(1)),
        ("recreates: all old ones go", 2, RECREATE, "A1 A2", Step(drain=("a1", "a2"))),
        ("recreates: and are waited for", 2, RECREATE, "A1-", Step()),
        ("recreates: then all new ones start", 2, RECREATE, "", Step(2)),
        ("recreates: scaling down waits for no one", 1, RECREATE, "B1 B2-", Step()),
    ],
)
def test_a_deployment(
    promise: str, desired: int, strategy: Strategy, there: str, step: Step
) -> None:
    assert decide(desired, "b", strategy, members(there)) == step, promise


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        ({}, Strategy(recreate=False, max_surge="25%", max_unavailable="25%")),
        ({"type": "Recreate"}, RECREATE),
        ({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}, SURGE),
    ],
)
def test_the_strategy_is_read_with_kubernetes_defaults(
    manifest: dict[str, object], expected: Strategy
) -> None:
    assert strategy(manifest) == expected


@pytest.mark.parametrize(
    ("surge", "unavailable", "step"),
    [
        ("25%", "25%", Step(1)),  # 0.5 rounds up to one more, and down to none missing
        ("0%", "40%", Step(drain=("a2",))),  # both come to 0, which would never end
    ],
)
def test_percentages_round_towards_serving(surge: str, unavailable: str, step: Step) -> None:
    assert decide(2, "b", Strategy(False, surge, unavailable), members("A1 A2")) == step


def rollout(
    desired: int, strategy: Strategy, there: list[Member], patience: list[bool]
) -> Iterator[list[Member]]:
    """What is there after each step; `patience` says when new ones have not become ready yet."""
    serials, waits = count(100), iter(patience)
    while True:
        step = decide(desired, "b", strategy, there)
        there = [member for member in there if member.name not in step.drain]
        new = [next(serials) for _ in range(step.start)]
        there += [Member(f"b{serial}", serial, "b", ready=False) for serial in new]
        yield there
        if next(waits, False):
            continue
        settled = [replace(each, ready=each.ready or each.revision == "b") for each in there]
        if settled == there and step == Step():
            return
        there = settled


patiences = st.lists(st.booleans(), max_size=12)
strategies = st.builds(Strategy, st.just(False), st.integers(0, 3), st.integers(0, 3))
populations = st.lists(st.sampled_from("aAbB"), max_size=6).map(
    lambda letters: members(" ".join(f"{letter}{index}" for index, letter in enumerate(letters)))
)


@given(st.integers(0, 5), strategies, populations, patiences)
def test_every_rollout_ends_with_the_wanted_replicas(
    desired: int, strategy: Strategy, there: list[Member], patience: list[bool]
) -> None:
    *_, last = rollout(desired, strategy, there, patience)
    assert [member.revision for member in last if member.ready] == ["b"] * desired


@given(st.integers(1, 5), st.integers(0, 3), st.integers(0, 3), patiences)
def test_a_rollout_keeps_to_its_bounds(
    desired: int, surge: int, unavailable: int, patience: list[bool]
) -> None:
    old = [Member(f"a{number}", number, "a", ready=True) for number in range(desired)]
    allowed = unavailable if surge or unavailable else 1
    for there in rollout(desired, Strategy(False, surge, unavailable), old, patience):
        assert len(there) <= desired + surge
        assert sum(member.ready for member in there) >= desired - allowed
