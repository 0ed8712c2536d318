"""Which path leads where."""

from __future__ import annotations

import pytest

from modelserver_runtime.dataplane import Dataplane
from modelserver_runtime.engine.registry import Registry
from modelserver_runtime.metrics import Metrics
from modelserver_runtime.servers.http import Request
from modelserver_runtime.servers.rest import RestApi
from modelserver_runtime.servers.rest.routing import Router, Target

METRICS = Metrics()
API = RestApi(Dataplane(Registry(), METRICS, lambda: True), METRICS, None)
ROUTER = Router(API.endpoints)
SUMMARIES = {endpoint.answer: endpoint.summary for endpoint in API.endpoints}


@pytest.mark.parametrize(
    ("method", "path", "summary", "target"),
    [
        ("GET", "/metrics", "What Prometheus reads", Target()),
        ("GET", "/openapi.json", "This document", Target()),
        ("GET", "/v2", "What server this is", Target()),
        ("GET", "/v2/", "What server this is", Target()),
        ("GET", "/v2/health/live", "Whether the process is up", Target()),
        ("GET", "/v2/health/ready", "Whether requests should be sent here", Target()),
        ("GET", "/v2/models/stats", "What all models have done", Target()),
        ("GET", "/v2/models/m", "What a model takes and gives", Target("m")),
        ("GET", "/v2/models/m/versions/3", "What a model takes and gives", Target("m", 3)),
        ("GET", "/v2/models/m/ready", "Whether a model answers", Target("m")),
        ("GET", "/v2/models/m/versions/3/ready", "Whether a model answers", Target("m", 3)),
        ("GET", "/v2/models/m/config", "How a model is served", Target("m")),
        ("GET", "/v2/models/m/versions/3/stats", "What a model has done", Target("m", 3)),
        ("POST", "/v2/models/m/infer", "One inference", Target("m")),
        ("POST", "/v2/models/m/versions/3/infer", "One inference", Target("m", 3)),
        ("POST", "/v2/models/a%20b%2Fc/infer", "One inference", Target("a b/c")),
        ("HEAD", "/v2/models/m", "What a model takes and gives", Target("m")),
        ("GET", "/v1/models/m", "The state of a model", Target("m")),
        ("GET", "/v1/models/m/versions/3", "The state of a model", Target("m", 3)),
        (
            "POST",
            "/v1/models/a:b:predict",
            "One inference, as TensorFlow Serving takes it",
            Target("a:b"),
        ),
        (
            "POST",
            "/v1/models/m/versions/3:predict",
            "One inference, as TensorFlow Serving takes it",
            Target("m", 3),
        ),
    ],
)
def test_a_path_says_what_is_asked_for(
    method: str, path: str, summary: str, target: Target
) -> None:
    route = ROUTER.find(path)
    assert route is not None
    assert SUMMARIES[route.methods[method]] == summary
    assert route.target == target


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
        "/v1/models/m/versions/latest:predict",
        "/v1/models/m/infer",
        "/v2xmodels/m",
    ],
)
async def test_any_other_path_leads_nowhere(path: str) -> None:
    answer = await API.answer(Request("GET", path, {}, bytearray()))
    assert answer.status == 404


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("POST", "/v2/models/m", "GET, HEAD, OPTIONS"),
        ("GET", "/v2/models/m/infer", "OPTIONS, POST"),
        ("DELETE", "/v1/models/m:predict", "OPTIONS, POST"),
    ],
)
async def test_a_wrong_method_is_told_the_right_ones(method: str, path: str, allow: str) -> None:
    answer = await API.answer(Request(method, path, {}, bytearray()))
    assert (answer.status, answer.headers["allow"]) == (405, allow)


async def test_options_lists_the_methods() -> None:
    answer = await API.answer(Request("OPTIONS", "/v2/models/m", {}, bytearray()))
    assert (answer.status, answer.headers["allow"]) == (200, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/models/m/labels/stable"),
        ("GET", "/v1/models/m/labels/stable/metadata"),
        ("POST", "/v1/models/m/labels/stable:predict"),
    ],
)
async def test_a_label_is_refused_by_name(method: str, path: str) -> None:
    answer = await API.answer(Request(method, path, {}, bytearray()))
    assert answer.status == 400
    assert b"labels are not supported" in bytes(answer.parts[0])
    assert b"Actual: label stable" in bytes(answer.parts[0])
