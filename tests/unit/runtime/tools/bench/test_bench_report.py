"""What is printed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from io import StringIO

import pytest

from modelserver_runtime.tools.bench import limits, progress, report
from modelserver_runtime.tools.bench.options import LoadOptions, Options, ReportOptions
from modelserver_runtime.tools.bench.samples import Run, Sample

MakeSample = Callable[..., Sample]
MakeRun = Callable[..., Run]


def test_all_figures_stand_behind_the_clients_id_the_windows_rate_first(
    run: MakeRun, sample: MakeSample, options: Options
) -> None:
    wanted = replace(options, report=ReportOptions("me", print_all=True))
    lines = list(report.lines(run(sample(0.5, 0.5)), wanted))
    assert lines[0] == "me: window_netto_frame_rate: 2.0"
    assert all(line.startswith("me: ") for line in lines)


@pytest.mark.parametrize("asked", [False, True])
def test_the_warmups_figures_are_printed_where_asked_for(
    run: MakeRun, options: Options, asked: bool
) -> None:
    wanted = replace(options, report=ReportOptions("me", print_all=True, report_warmup=asked))
    assert any("warmup_" in line for line in report.lines(run(), wanted)) == asked


def test_json_is_one_object_with_the_figures_quantiles_and_errors(
    run: MakeRun, sample: MakeSample, options: Options
) -> None:
    wanted = replace(options, report=ReportOptions("me", json=True, quantiles=(0.5, 1.0)))
    made = run(sample(0.1, 0.1), sample(0.4, 0.3, error="429: full"))
    (line,) = report.lines(made, wanted)
    found = json.loads(line)
    assert found["id"] == "me"
    assert (found["qos_quantile_1"], found["qos_latency_1"]) == (1.0, pytest.approx(0.3))
    assert (found["total_batches"], found["errors"]) == (2, {"429: full": 1})
    assert found["client_was_limit"] is False


def test_the_summary_is_printed_where_nothing_else_is_asked_for(
    run: MakeRun, sample: MakeSample, options: Options
) -> None:
    lines = list(report.lines(run(sample(0.1, 0.1), sample(0.3, 0.2)), options))
    assert lines == [
        "tiny over REST, 1 connection, each waiting for its answer",
        "  requests    2 passed, 0 failed in 0.30 s",
        "  frames/s    6.7 brutto, 6.7 netto",
        "  latency ms  mean 150.00, stdev 50.00, p50 100.00, p90 200.00, p95 200.00, p99 200.00",
    ]


def test_failures_are_named_with_their_number(
    run: MakeRun, sample: MakeSample, options: Options
) -> None:
    made = run(*(sample(0.1, 0.1, error="429: full") for _ in range(3)))
    assert "failed, 3 times: 429: full" in report.remarks(made, options.load)


def test_a_run_within_its_warmup_is_remarked_on(run: MakeRun, sample: MakeSample) -> None:
    (remark,) = report.remarks(run(sample(0.5, 0.5)), LoadOptions(1, steps=1, warmup=1.0))
    assert "longer than its warm-up" in remark


def test_a_client_that_uses_its_core_up_is_the_limit(run: MakeRun, sample: MakeSample) -> None:
    assert list(limits.client_limits(run(sample(1.0, 0.1), cpu_seconds=0.5))) == []
    (reason,) = limits.client_limits(run(sample(1.0, 0.1), cpu_seconds=0.95))
    assert reason == "the client used 95% of a core"


def test_a_client_that_sends_late_is_the_limit(run: MakeRun) -> None:
    late = [Sample(0, due, due + 0.02, due + 0.03, 1) for due in range(1)]
    on_time = [Sample(0, due, due, due + 0.01, 1) for due in range(9)]
    (reason,) = limits.client_limits(run(*late, *on_time))
    assert reason == "the client sent 10% of the requests more than 5 ms late"


def test_a_table_keeps_its_columns() -> None:
    rows = [
        {"hint": "LATENCY", "p50 ms": 1.5, "streams": 1},
        {"hint": "-", "p50 ms": 12.25, "streams": 8},
    ]
    assert list(report.table(rows)) == [
        "hint     p50 ms  streams",
        "LATENCY    1.50        1",
        "-         12.25        8",
    ]


def test_the_bar_shows_how_much_of_the_run_is_behind() -> None:
    steps = LoadOptions(2, steps=10)
    assert progress.bar(5, 1, 0.5, steps) == (
        "[########                      ]  25%  5 requests, 1 failed, 10/s"
    )
    assert " 50%" in progress.bar(5, 0, 1.0, LoadOptions(2, duration=2.0))


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


async def test_the_bar_is_drawn_on_a_terminal_only_and_wiped_in_the_end(sample: MakeSample) -> None:
    terminal, file = Terminal(), StringIO()
    for stream in (terminal, file):
        async with progress.shown([sample(0.1, 0.1)], LoadOptions(1, steps=2), stream):
            await asyncio.sleep(0)
    assert " 50%  1 requests" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")
    assert file.getvalue() == ""
