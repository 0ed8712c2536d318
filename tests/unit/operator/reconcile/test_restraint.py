from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from modelserver_operator.reconcile.restraint import held_back

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
CAPPED = {"type": "RatioCapped", "status": "True", "message": "there are 1.3"}
READY = {"type": "Ready", "status": "True", "message": "fine"}
STATUS = {"ratio": "0.5", "readyReplicas": 2, "conditions": [READY, CAPPED]}


def stored(written: timedelta, manager: str = "modelserver-operator") -> dict[str, Any]:
    entry = {
        "manager": manager,
        "operation": "Update",
        "subresource": "status",
        "time": (NOW - written).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return {"metadata": {"managedFields": [entry]}, "status": STATUS}


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (timedelta(seconds=4), 11),
        (timedelta(seconds=15), None),
        (timedelta(days=1), None),
        (-timedelta(hours=1), None),  # the API server's clock is ahead
    ],
)
def test_a_ratio_alone_is_written_once_in_15_seconds(
    written: timedelta, seconds: float | None
) -> None:
    assert held_back(stored(written), STATUS | {"ratio": "0.9"}, NOW) == seconds


@pytest.mark.parametrize(
    ("changed", "seconds"),
    [
        ({"readyReplicas": 3, "ratio": "0.9"}, None),
        ({"conditions": [READY | {"status": "False"}, CAPPED]}, None),
        ({"conditions": [READY | {"message": "well"}, CAPPED]}, None),
        ({"conditions": [READY, CAPPED | {"status": "False"}]}, None),
        ({"conditions": [READY, CAPPED | {"message": "there are 1.4"}]}, 14),
    ],
)
def test_whatever_is_no_figure_is_written_at_once(
    changed: dict[str, Any], seconds: float | None
) -> None:
    assert held_back(stored(timedelta(seconds=1)), STATUS | changed, NOW) == seconds


def test_what_others_wrote_counts_for_nothing() -> None:
    by_kubectl = stored(timedelta(seconds=1), manager="kubectl-edit")
    assert held_back(by_kubectl, STATUS | {"ratio": "0.9"}, NOW) is None
