from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from modelserver_operator.reconcile.rhythm import next_look

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def status(ready: str, since: timedelta) -> dict[str, Any]:
    moment = (NOW - since).isoformat().replace("+00:00", "Z")
    return {"conditions": [{"type": "Ready", "status": ready, "lastTransitionTime": moment}]}


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
