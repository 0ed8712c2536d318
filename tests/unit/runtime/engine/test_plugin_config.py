"""The properties a model is compiled with."""

from __future__ import annotations

import pytest

from modelserver_runtime.engine.plugin_config import properties, uses_cpu
from modelserver_runtime.settings import ModelSettings, PluginConfig, PluginValue


def compiled_with(
    plugin_config: PluginConfig | None = None,
    threads: int | None = None,
    target_device: str = "CPU",
    cache_dir: str | None = None,
) -> dict[str, PluginValue]:
    settings = ModelSettings("m", "/m", target_device, plugin_config or {}, cache_dir=cache_dir)
    return properties(settings, threads)


def test_a_model_is_tuned_for_latency_by_default() -> None:
    assert compiled_with()["PERFORMANCE_HINT"] == "LATENCY"


@pytest.mark.parametrize("key", ["PERFORMANCE_HINT", "NUM_STREAMS", "CPU_THROUGHPUT_STREAMS"])
def test_but_not_where_the_user_has_chosen(key: str) -> None:
    assert compiled_with(plugin_config={key: "4"}).get("PERFORMANCE_HINT") != "LATENCY"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({"CPU_THROUGHPUT_STREAMS": 4}, {"NUM_STREAMS": 4}),
        ({"GPU_THROUGHPUT_STREAMS": "2"}, {"NUM_STREAMS": "2"}),
        ({"CPU_THROUGHPUT_STREAMS": "CPU_THROUGHPUT_AUTO"}, {"PERFORMANCE_HINT": "THROUGHPUT"}),
        ({"GPU_THROUGHPUT_STREAMS": "GPU_THROUGHPUT_AUTO"}, {"PERFORMANCE_HINT": "THROUGHPUT"}),
        ({"CPU_THREADS_NUM": 3, "NUM_STREAMS": 1}, {"INFERENCE_NUM_THREADS": 3, "NUM_STREAMS": 1}),
    ],
)
def test_old_names_are_translated(
    written: dict[str, PluginValue], meant: dict[str, PluginValue]
) -> None:
    assert compiled_with(plugin_config=written, target_device="GPU") == meant


def test_threads_fit_the_cpu_limit_and_are_not_pinned() -> None:
    given = compiled_with(threads=3)

    assert given["INFERENCE_NUM_THREADS"] == 3
    assert given["ENABLE_CPU_PINNING"] is False


def test_without_a_limit_openvino_sizes_its_pool_and_pins_it() -> None:
    assert compiled_with(threads=None).keys() == {"PERFORMANCE_HINT"}


def test_what_the_user_wrote_wins() -> None:
    written = {
        "INFERENCE_NUM_THREADS": 8,
        "ENABLE_CPU_PINNING": True,
        "CACHE_DIR": "/mine",
        "PERFORMANCE_HINT": "THROUGHPUT",
    }

    assert compiled_with(threads=1, plugin_config=written, cache_dir="/opt/cache") == written


def test_compiled_models_are_kept_in_the_cache_folder() -> None:
    assert compiled_with(cache_dir="/opt/cache")["CACHE_DIR"] == "/opt/cache"
    assert "CACHE_DIR" not in compiled_with()


@pytest.mark.parametrize(
    ("device", "is_used"),
    [
        ("CPU", True),
        ("AUTO", True),
        ("AUTO:GPU,CPU", True),
        ("MULTI:GPU,CPU", True),
        ("HETERO:GPU.1,CPU", True),
        ("BATCH:CPU(4)", True),
        ("GPU", False),
        ("GPU.1", False),
        ("NPU", False),
        ("MULTI:GPU,NPU", False),
        ("BATCH:GPU(4)", False),
    ],
)
def test_properties_of_the_cpu_go_where_the_cpu_may_take_part(device: str, is_used: bool) -> None:
    assert uses_cpu(device) is is_used
    assert ("ENABLE_CPU_PINNING" in compiled_with(threads=2, target_device=device)) is is_used
