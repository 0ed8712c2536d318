"""Figures as text, for people, and as JSON, for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import orjson

from modelserver_runtime.tools.bench import limits, statistics
from modelserver_runtime.tools.bench.options import LoadOptions, Options, ReportOptions
from modelserver_runtime.tools.bench.samples import Run

_SUMMARY_QUANTILES: Final = (0.5, 0.9, 0.95, 0.99)
_ERRORS_SHOWN: Final = 3


def lines(run: Run, options: Options) -> Iterator[str]:
    """What goes to standard output."""
    report = options.report
    wanted = _wanted(run, options.load, report)
    if report.print_all:
        yield from (f"{report.id}: {key}: {value}" for key, value in wanted.items())
    if report.json:
        yield orjson.dumps({"id": report.id, **wanted, **_circumstances(run)}).decode()
    if report.print_summary or not (report.print_all or report.json):
        yield from _summary(run, options)


def remarks(run: Run, options: LoadOptions) -> Iterator[str]:
    """What the figures don't say: whether they mean what they seem to."""
    if not statistics.window_of(run, options.warmup, options.window).samples:
        yield "no request was answered in the window: make the run longer than its warm-up"
    for reason in limits.client_limits(run):
        yield f"the client was the limit, not the server: {reason}; use several, on other machines"
    for error, number in errors(run).most_common(_ERRORS_SHOWN):
        yield f"failed, {number} times: {error}"


def errors(run: Run) -> Counter[str]:
    """What went wrong, and how often."""
    return Counter(sample.error for sample in run.samples if sample.error is not None)


def table(rows: Sequence[Mapping[str, object]]) -> Iterator[str]:
    """Rows with the same keys under a line of them, in columns."""
    texts = [list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for first, *others in texts:
        cells = (text.rjust(width) for text, width in zip(others, widths[1:], strict=True))
        yield "  ".join([first.ljust(widths[0]), *cells])


def _wanted(run: Run, load: LoadOptions, report: ReportOptions) -> statistics.Figures:
    """The figures that were asked for."""
    figures = statistics.figures(run, load.warmup, load.window)
    if not report.report_warmup:
        figures = {key: value for key, value in figures.items() if not key.startswith("warmup_")}
    latencies = _window_latencies(run, load)
    for index, share in enumerate(report.quantiles):
        figures[f"qos_quantile_{index}"] = share
        figures[f"qos_latency_{index}"] = statistics.quantile(latencies, share)
    return figures


def _circumstances(run: Run) -> Mapping[str, object]:
    return {
        "client_cpu_share": limits.cpu_share(run),
        "client_late_share": limits.late_share(run),
        "client_was_limit": any(limits.client_limits(run)),
        "errors": errors(run),
    }


def _summary(run: Run, options: Options) -> Iterator[str]:
    figures = statistics.figures(run, options.load.warmup, options.load.window)
    yield f"{options.target.model} over {options.api}, {_load_in_words(options.load)}"
    yield (
        f"  requests    {figures['window_pass_batches']} passed, "
        f"{figures['window_fail_batches']} failed in {figures['window_total_duration']:.2f} s"
    )
    yield f"  frames/s    {_rates(figures, options.load)}"
    yield f"  latency ms  {_latencies(figures, run, options)}"


def _rates(figures: statistics.Figures, load: LoadOptions) -> str:
    brutto = f"{figures['window_brutto_frame_rate']:.1f} brutto"
    if load.rate is not None:
        return brutto  # connections that idle by design say nothing of what they could reach
    return f"{brutto}, {figures['window_netto_frame_rate']:.1f} netto"


def _latencies(figures: statistics.Figures, run: Run, options: Options) -> str:
    latencies = _window_latencies(run, options.load)
    named = {
        "mean": figures["window_mean_latency"],
        "stdev": figures["window_stdev_latency"],
        **{
            f"p{share * 100:g}": statistics.quantile(latencies, share)
            for share in options.report.quantiles or _SUMMARY_QUANTILES
        },
    }
    return ", ".join(f"{name} {seconds * 1000:.2f}" for name, seconds in named.items())


def _load_in_words(load: LoadOptions) -> str:
    connections = f"{load.concurrency} connection{'s' if load.concurrency > 1 else ''}"
    if load.rate is None:
        return f"{connections}, each waiting for its answer"
    return f"{load.rate:g} requests/s ({load.arrivals}) over up to {connections}"


def _window_latencies(run: Run, load: LoadOptions) -> list[float]:
    window = statistics.window_of(run, load.warmup, load.window)
    return [sample.latency for sample in window.samples]


def _cell(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
