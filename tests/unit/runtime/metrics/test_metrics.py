"""What Prometheus reads, and what stands behind it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from modelserver_runtime.metrics import (
    Api,
    Interface,
    Metrics,
    enabled_families,
    exposition,
)
from modelserver_runtime.metrics import meters as meters_module
from modelserver_runtime.metrics.meters import BOUNDS, Histogram, VersionMeter

ALWAYS = {
    "modelserver_execution_device",
    "modelserver_load_seconds",
    "modelserver_loaded_from_cache",
    "modelserver_requests_in_progress_seconds_total",
}
DEFAULT = {
    "ovms_requests_success",
    "ovms_requests_fail",
    "ovms_request_time_us",
    "ovms_inference_time_us",
    "ovms_wait_for_infer_req_time_us",
    "ovms_current_requests",
    "ovms_streams",
}


class Clock:
    """Time that a test moves by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(meters_module, "perf_counter", clock)
    return clock


def lines(metrics: Metrics, metrics_list: list[str] | None = None) -> list[str]:
    return exposition(metrics, enabled_families(metrics_list)).splitlines()


def declared(metrics_list: list[str] | None) -> set[str]:
    types = (line.split() for line in lines(Metrics(), metrics_list) if line.startswith("# TYPE"))
    return {name for _, _, name, _ in types}


def test_the_default_families_are_ovms_and_our_own() -> None:
    assert declared(None) == DEFAULT | ALWAYS


def test_a_metrics_list_replaces_the_default_families() -> None:
    assert declared(["ovms_infer_req_active"]) == {"ovms_infer_req_active"} | ALWAYS


def test_an_unknown_name_in_metrics_list_is_refused() -> None:
    with pytest.raises(ValueError, match="Invalid name in metrics_list"):
        enabled_families(["ovms_streams", "nonsense"])


def test_a_loaded_model_has_every_series_at_zero() -> None:
    metrics = Metrics()
    metrics.version("m", 1)
    shown = lines(metrics)
    success = 'ovms_requests_success{api="KServe",interface='
    assert success + '"gRPC",method="ModelInfer",name="m",version="1"} 0' in shown
    assert success + '"REST",method="ModelMetadata",name="m",version="1"} 0' in shown
    assert success + '"REST",method="ModelReady",name="m"} 0' in shown
    assert 'ovms_request_time_us_count{interface="REST",name="m",version="1"} 0' in shown
    assert 'ovms_streams{name="m",version="1"} 0' in shown


def test_bucket_bounds_are_ovms_and_written_as_integers() -> None:
    assert BOUNDS[:4] == (10, 18, 32, 58)
    assert BOUNDS[16] == 121439
    assert BOUNDS[-1] == 1474755971
    metrics = Metrics()
    metrics.version("m", 1).inference_time.observe(0.05)
    shown = lines(metrics)
    assert 'ovms_inference_time_us_bucket{name="m",version="1",le="37481"} 0' in shown
    assert 'ovms_inference_time_us_bucket{name="m",version="1",le="67466"} 1' in shown
    assert 'ovms_inference_time_us_bucket{name="m",version="1",le="+Inf"} 1' in shown


def test_the_declared_types_are_ovms() -> None:
    shown = lines(Metrics())
    assert "# TYPE ovms_requests_success counter" in shown
    assert "# TYPE ovms_current_requests gauge" in shown
    assert "# TYPE ovms_request_time_us histogram" in shown


@given(st.text(st.characters(categories=("L", "N", "P", "S"), include_characters='\n\\"')))
def test_prometheus_reads_back_any_label(name: str) -> None:
    metrics = Metrics()
    metrics.version(name, 1).load(streams=3, nireq=4, active=lambda: 2)
    families = text_string_to_metric_families("\n".join(lines(metrics, ["ovms_streams"])) + "\n")
    streams = next(family for family in families if family.name == "ovms_streams")
    assert streams.samples[0].labels["name"] == name
    assert streams.samples[0].value == 3


@given(st.lists(st.floats(0, 3000)))
def test_buckets_are_cumulative_and_hold_every_observation(seconds: list[float]) -> None:
    histogram = Histogram()
    for duration in seconds:
        histogram.observe(duration)
    expected = [sum(duration * 1e6 <= bound for duration in seconds) for bound in BOUNDS]
    assert histogram.cumulative() == [*expected, len(seconds)]


def test_the_integral_is_the_area_under_requests_in_progress(clock: Clock) -> None:
    meter = VersionMeter()
    meter.enter()
    clock.now += 2
    meter.enter()
    clock.now += 3
    meter.leave()
    meter.leave()
    clock.now += 10
    assert meter.integral == 1 * 2 + 2 * 3


def test_the_integral_grows_while_a_request_waits(clock: Clock) -> None:
    meter = VersionMeter()
    meter.enter()
    clock.now += 5
    assert meter.integral == 5


def test_an_unloaded_version_shows_no_streams_and_keeps_its_counts() -> None:
    metrics = Metrics()
    meter = metrics.version("m", 1)
    meter.load(streams=2, nireq=2, active=lambda: 1)
    meter.infer[Api.KSERVE].succeeded[Interface.REST] += 1
    meter.unload()
    shown = lines(metrics, ["ovms_streams", "ovms_infer_req_queue_size", "ovms_requests_success"])
    assert 'ovms_streams{name="m",version="1"} 0' in shown
    assert 'ovms_infer_req_queue_size{name="m",version="1"} 0' in shown
    assert any("ModelInfer" in line and line.endswith(" 1") for line in shown)


def test_a_model_shows_each_device_that_it_runs_on_until_it_is_unloaded() -> None:
    metrics = Metrics()
    meter = metrics.version("m", 1)
    meter.move(("GPU", "CPU"), streams=4)
    sample = 'modelserver_execution_device{name="m",version="1",device="%s"} 1'

    assert {sample % "GPU", sample % "CPU"} <= set(lines(metrics))
    assert 'ovms_streams{name="m",version="1"} 4' in lines(metrics)

    meter.unload()

    assert not [line for line in lines(metrics) if line.startswith("modelserver_execution_device{")]


@pytest.mark.parametrize(("hit", "samples"), [(None, []), (True, ["1"]), (False, ["0"])])
def test_a_hit_or_miss_is_shown_where_there_is_a_cache(
    hit: bool | None, samples: list[str]
) -> None:
    metrics = Metrics()
    metrics.version("m", 1).loaded_from_cache = hit
    series = 'modelserver_loaded_from_cache{name="m",version="1"} '

    shown = [line.removeprefix(series) for line in lines(metrics) if line.startswith(series)]

    assert shown == samples


def test_the_time_of_a_load_is_shown_for_as_long_as_the_version_serves() -> None:
    metrics = Metrics()
    meter = metrics.version("m", 1)
    meter.load_seconds = 2.5
    sample = 'modelserver_load_seconds{name="m",version="1"} 2.5'

    assert sample in lines(metrics)

    meter.unload()

    assert not [line for line in lines(metrics) if line.startswith("modelserver_load_seconds{")]
