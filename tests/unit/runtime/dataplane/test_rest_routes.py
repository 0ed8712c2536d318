"""Which path asks for what."""

from __future__ import annotations

import pytest

from modelserver_runtime.servers.rest import Route, route


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/metrics", Route("metrics")),
        ("/v2", Route("server")),
        ("/v2/", Route("server")),
        ("/v2/health/live", Route("live")),
        ("/v2/health/ready", Route("ready")),
        ("/v2/models/m", Route("metadata", "m")),
        ("/v2/models/m/versions/3", Route("metadata", "m", 3)),
        ("/v2/models/m/ready", Route("model_ready", "m")),
        ("/v2/models/m/versions/3/ready", Route("model_ready", "m", 3)),
        ("/v2/models/m/infer", Route("model_infer", "m")),
        ("/v2/models/m/versions/3/infer", Route("model_infer", "m", 3)),
        ("/v2/models/a%20b%2Fc/infer", Route("model_infer", "a b/c")),
    ],
)
def test_a_path_says_what_is_asked_for(path: str, expected: Route) -> None:
    assert route(path) == expected


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v3",
        "/v2/health",
        "/v2/health/deep",
        "/v2/models",
        "/v2/models/m/versions",
        "/v2/models/m/versions/latest/infer",
        "/v2/models/m/versions/-1/infer",
        "/v2/models/m/versions/٣/infer",
        f"/v2/models/m/versions/{'9' * 5000}/infer",
        "/v2/models/m/versions/3/infer/now",
        "/v2/models/m/generate",
    ],
)
def test_any_other_path_leads_nowhere(path: str) -> None:
    assert route(path) is None
