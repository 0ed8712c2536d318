"""The queue's rules, with time as a number: a key is worked once at a time, soon, and again."""

from collections.abc import Iterator

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from modelserver_operator.controller.backoff import backoff
from modelserver_operator.controller.keys import Key
from modelserver_operator.controller.schedule import Again, Failed, Gone, Schedule

DEMO, OTHER = Key("default", "demo"), Key("default", "other")
REST = 0.5


@pytest.fixture
def schedule() -> Schedule:
    return Schedule(lambda failures: float(2**failures), REST)


def taken(schedule: Schedule, now: float) -> Iterator[Key]:
    while (place := schedule.take(now)) is not None:
        yield place.key


def test_a_key_that_is_added_twice_is_worked_once(schedule: Schedule) -> None:
    schedule.add(DEMO, 0)
    schedule.add(DEMO, 1)
    assert list(taken(schedule, 1)) == [DEMO]


def test_keys_are_worked_in_the_order_they_came(schedule: Schedule) -> None:
    schedule.add(OTHER, 0)
    schedule.add(DEMO, 1)
    assert list(taken(schedule, 2)) == [OTHER, DEMO]


def test_what_a_user_waits_for_goes_first(schedule: Schedule) -> None:
    schedule.add(OTHER, 0)
    schedule.add(DEMO, 1, urgent=True)
    assert list(taken(schedule, 1)) == [DEMO, OTHER]


def test_a_key_that_waits_already_can_become_urgent(schedule: Schedule) -> None:
    schedule.add(OTHER, 0)
    schedule.add(DEMO, 0)
    schedule.add(DEMO, 1, urgent=True)
    assert list(taken(schedule, 1)) == [DEMO, OTHER]


def test_a_key_that_is_being_worked_is_not_given_to_another_worker(schedule: Schedule) -> None:
    schedule.add(DEMO, 0)
    assert schedule.take(0)
    schedule.add(DEMO, 0, urgent=True)
    assert schedule.take(0) is None


def test_what_happens_during_a_pass_makes_another(schedule: Schedule) -> None:
    schedule.add(DEMO, 0)
    schedule.take(0)
    schedule.add(DEMO, 1)
    schedule.done(DEMO, 2, Again(600))
    assert schedule.next_due() == 2 + REST


def test_a_users_wish_during_a_pass_is_worked_at_once(schedule: Schedule) -> None:
    schedule.add(DEMO, 0)
    schedule.take(0)
    schedule.add(DEMO, 1, urgent=True)
    schedule.add(DEMO, 1)
    schedule.done(DEMO, 2, Again(600))
    assert list(taken(schedule, 2)) == [DEMO]


def test_the_echoes_of_a_pass_make_one_more_after_a_rest(schedule: Schedule) -> None:
    schedule.add(DEMO, 0)
    schedule.take(0)
    schedule.done(DEMO, 1, Again(600))
    for moment in (1.1, 1.2, 1.3):
        schedule.add(DEMO, moment)
    assert list(taken(schedule, 1.4)) == []
    assert list(taken(schedule, 1 + REST)) == [DEMO]


def test_a_pass_that_went_well_is_repeated_when_it_said(schedule: Schedule) -> None:
    schedule.add(DEMO, 0)
    schedule.take(0)
    schedule.done(DEMO, 1, Again(600))
    assert schedule.next_due() == 601


def test_failures_wait_longer_each_time_and_success_forgets_them(schedule: Schedule) -> None:
    dues, now = list[float | None](), 0.0
    schedule.add(DEMO, now)
    for verdict in (Failed(), Failed(), Again(0), Failed()):
        assert schedule.take(now)
        schedule.done(DEMO, now, verdict)
        due = schedule.next_due()
        assert due is not None
        dues.append(due - now)
        now = due
    assert dues == [2, 4, 0, 2]


def test_a_failure_waits_at_least_as_long_as_it_was_asked_to(schedule: Schedule) -> None:
    schedule.add(DEMO, 0)
    schedule.take(0)
    schedule.done(DEMO, 0, Failed(at_least=30))
    assert schedule.next_due() == 30


def test_an_echo_does_not_cut_the_wait_after_a_failure_short_but_a_user_does(
    schedule: Schedule,
) -> None:
    schedule.add(DEMO, 0)
    schedule.take(0)
    schedule.done(DEMO, 0, Failed())
    schedule.add(DEMO, 1)
    assert schedule.take(1) is None
    schedule.add(DEMO, 1, urgent=True)
    assert schedule.take(1)


def test_a_key_that_is_gone_is_not_worked_again_unless_it_comes_back(schedule: Schedule) -> None:
    schedule.add(DEMO, 0)
    schedule.take(0)
    schedule.done(DEMO, 1, Gone())
    assert schedule.next_due() is None
    schedule.add(DEMO, 1)
    assert schedule.take(1)


def test_depth_counts_what_is_due(schedule: Schedule) -> None:
    schedule.add(DEMO, 0)
    schedule.add(OTHER, 0)
    assert schedule.depth(0) == 2
    schedule.take(0)
    schedule.done(DEMO, 0, Again(600))
    assert (schedule.depth(1), schedule.depth(600)) == (1, 2)


class AnyOrder(RuleBasedStateMachine):
    """Whatever happens in whatever order, no wish is lost and no key is worked twice at once."""

    keys = st.sampled_from([Key("a", str(number)) for number in range(4)])

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.schedule = Schedule(lambda failures: float(failures), REST)
        self.working: set[Key] = set()
        self.wished: set[Key] = set()

    @rule(key=keys, urgent=st.booleans())
    def add(self, key: Key, urgent: bool) -> None:
        self.schedule.add(key, self.now, urgent=urgent)
        self.wished.add(key)

    @rule()
    def take(self) -> None:
        place = self.schedule.take(self.now)
        if place is not None:
            assert place.due <= self.now
            assert place.key not in self.working
            self.working.add(place.key)
            self.wished.discard(place.key)

    @precondition(lambda self: self.working)
    @rule(verdict=st.sampled_from([Again(5), Failed(), Gone()]))
    def finish(self, verdict: Again | Failed | Gone) -> None:
        self.schedule.done(self.working.pop(), self.now, verdict)

    @rule(seconds=st.floats(0, 3))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def active_is_what_is_worked(self) -> None:
        assert self.schedule.active == len(self.working)

    def teardown(self) -> None:
        for key in self.working:
            self.schedule.done(key, self.now, Gone())
        assert self.wished <= set(taken(self.schedule, self.now + 1000))


TestAnyOrder = AnyOrder.TestCase


@pytest.mark.parametrize(
    ("failures", "chance", "seconds"),
    [(1, 0, 0.5), (1, 0.5, 0.75), (2, 0, 1), (5, 0, 8), (9, 0, 128), (10, 0, 150), (5000, 0, 150)],
)
def test_backoff_doubles_up_to_a_limit(failures: int, chance: float, seconds: float) -> None:
    assert backoff(failures, lambda: chance) == seconds
