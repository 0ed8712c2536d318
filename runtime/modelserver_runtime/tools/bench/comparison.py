"""The same load on the same model, once for each performance hint."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from modelserver_runtime.tools.bench import own_server, statistics
from modelserver_runtime.tools.bench.apis.choice import rest_server
from modelserver_runtime.tools.bench.measure import measure
from modelserver_runtime.tools.bench.options import Comparison, Options, Target
from modelserver_runtime.tools.bench.samples import Run

_PLUGIN_CONFIGS: Final[Mapping[str, Mapping[str, str]]] = {
    "LATENCY": {"PERFORMANCE_HINT": "LATENCY"},
    "THROUGHPUT": {"PERFORMANCE_HINT": "THROUGHPUT"},
    "none": {"NUM_STREAMS": "AUTO"},
}
"""By hint; none is what benchmark_app's ``-hint none`` means, a number of streams by the device."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What one hint brought. Latencies are seconds; the rate is brutto, in frames a second."""

    hint: str
    frame_rate: float
    p50_latency: float
    p99_latency: float
    streams: int
    nireq: int
    run: Run


async def compare(options: Options, model: Comparison) -> AsyncIterator[Compared]:
    """Serve and measure, one hint after the other.

    Raises:
        SettingsError: the model can't be loaded, or the data is not for it.
    """
    for hint, plugin_config in _PLUGIN_CONFIGS.items():
        async with own_server.serving(model, plugin_config, options.target.timeout) as target:
            run = await measure(replace(options, target=target))
            yield _compared(hint, run, options, await _gauges(target))


def row(compared: Compared) -> dict[str, object]:
    """A line of the table, under its heads."""
    return {
        "hint": compared.hint,
        "frames/s": compared.frame_rate,
        "p50 ms": compared.p50_latency * 1000,
        "p99 ms": compared.p99_latency * 1000,
        "streams": compared.streams,
        "nireq": compared.nireq,
    }


def _compared(hint: str, run: Run, options: Options, gauges: Mapping[str, float]) -> Compared:
    window = statistics.window_of(run, options.load.warmup, options.load.window)
    latencies = [sample.latency for sample in window.samples]
    figures = statistics.figures(run, options.load.warmup, options.load.window)
    return Compared(
        hint,
        figures["window_brutto_frame_rate"],
        statistics.quantile(latencies, 0.5),
        statistics.quantile(latencies, 0.99),
        int(gauges["ovms_streams"]),
        int(gauges["ovms_infer_req_queue_size"]),
        run,
    )


async def _gauges(target: Target) -> dict[str, float]:
    """The server's metrics that have one series."""
    text = await rest_server(target).read("/metrics")
    families = text_string_to_metric_families(text.decode())
    return {family.name: family.samples[0].value for family in families if family.samples}
