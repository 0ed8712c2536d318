"""What follows from settings together."""

from __future__ import annotations

import pytest

from modelserver_runtime.settings import ServerSettings


@pytest.mark.parametrize(
    ("port", "age", "seconds"), [(9000, 60, 68), (9000, 100, 112), (9000, 1, 25), (0, 60, 25)]
)
def test_a_stop_outlasts_connections_of_grpc_where_there_are_any(
    port: int, age: int, seconds: float
) -> None:
    settings = ServerSettings(port=port, grpc_max_connection_age_seconds=age)
    assert settings.drain_seconds == pytest.approx(seconds)
