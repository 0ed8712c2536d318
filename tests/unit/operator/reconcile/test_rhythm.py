from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from modelserver_operator.reconcile.rhythm import next_look

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def condition(kind: str, status: str, since: timedelta, reason: str = "") -> dict[str, Any]:
    moment = (NOW - since).isoformat().replace("+00:00", "Z")
    return {"type": kind, "status": status, "reason": reason, "lastTransitionTime": moment}


def status(ready: str, since: timedelta) -> dict[str, Any]:
    return {"conditions": [condition("Ready", ready, since)]}


@pytest.mark.parametrize(
    ("since", "seconds"),
    [
        (timedelta(seconds=0), 1),
        (timedelta(seconds=20), 5),
        (timedelta(minutes=4), 60),
        (timedelta(days=3), 600),
    ],
)
def test_the_longer_it_is_not_ready_the_less_often_it_is_looked_at(
    since: timedelta, seconds: float
) -> None:
    assert next_look(status("False", since), NOW) == seconds


def test_what_is_ready_is_left_to_events() -> None:
    assert next_look(status("True", timedelta(days=1)), NOW) is None


LONG = timedelta(days=1)
SHORT = timedelta(seconds=4)


@pytest.mark.parametrize(
    ("conditions", "seconds"),
    [
        ([condition("Degraded", "True", SHORT)], 15),
        ([condition("Degraded", "False", SHORT)], None),
        ([condition("MetricsAvailable", "Unknown", SHORT, "NotChecked")], 15),
        ([condition("MetricsAvailable", "Unknown", SHORT, "NotNeeded")], None),
        ([condition("Ready", "False", LONG, "Paused")], None),
        ([condition("Degraded", "True", LONG), condition("Ready", "False", SHORT)], 1),
        ([condition("ScalingActive", "False", SHORT)], None),
    ],
)
def test_what_is_not_as_it_should_be_is_looked_at_again(
    conditions: list[dict[str, Any]], seconds: float | None
) -> None:
    assert next_look({"conditions": conditions}, NOW) == seconds
