"""From the command line to options: what goes together, and what follows from what."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from modelserver_runtime import option_values
from modelserver_runtime.settings import SettingsError, Shapes
from modelserver_runtime.tools.bench import flags
from modelserver_runtime.tools.bench.options import (
    ApiName,
    Arrivals,
    Comparison,
    DataOptions,
    LoadOptions,
    Options,
    ReportOptions,
    Target,
)


def parse(arguments: Sequence[str]) -> Options:
    """Read the flags. Raises SettingsError where they make no sense."""
    given = flags.build_parser().parse_args(arguments)
    _check(given)
    rest_only = given.grpc_port is None and given.compare_hints is None
    return Options(
        target=_target(given),
        api=ApiName(given.api or (ApiName.REST if rest_only else ApiName.KFS)),
        data=_data(given),
        load=_load(given),
        report=_report(given),
        list_models=given.list_models,
        comparison=given.compare_hints and Comparison(given.compare_hints, given.target_device),
    )


def _check(given: argparse.Namespace) -> None:
    """Raise SettingsError where flags don't go together."""
    _check_ports(given)
    if given.list_models:
        return
    if given.model_name is None and given.compare_hints is None:
        raise SettingsError("-m/--model_name is missing; -l lists what is served")
    if given.steps_number is None and given.duration is None:
        raise SettingsError("how long? Give -n/--steps_number or -t/--duration")
    if given.data and (given.bs or given.shape):
        raise SettingsError("-b/--bs and -s/--shape are of made-up data: leave them out with -d")
    if given.min_value > given.max_value:
        raise SettingsError(f"--min_value {given.min_value:g} is over --max_value")
    if given.duration is not None and given.warmup >= given.duration:
        raise SettingsError("-u/--warmup is part of -t/--duration, and has to be shorter")


def _check_ports(given: argparse.Namespace) -> None:
    if given.compare_hints is not None:
        return
    is_grpc = given.api and ApiName(given.api).is_grpc
    if given.list_models or is_grpc is False:
        if given.rest_port is None:
            raise SettingsError("-r/--rest_port is missing")
    elif given.grpc_port is None and (is_grpc or given.rest_port is None):
        raise SettingsError("-p/--grpc_port is missing")


def _target(given: argparse.Namespace) -> Target:
    return Target(
        given.server_address.strip("[]"),
        given.grpc_port,
        given.rest_port,
        given.model_name or "",
        given.model_version,
        given.step_timeout,
    )


def _data(given: argparse.Namespace) -> DataOptions:
    return DataOptions(
        tuple(given.data),
        tuple(given.bs),
        _shapes(given.shape),
        given.min_value,
        given.max_value,
    )


def _shapes(words: Sequence[str] | None) -> Shapes | None:
    if words is None:
        return None
    try:
        return option_values.shapes(words[0] if len(words) == 1 else f"({','.join(words)})")
    except SettingsError as error:
        raise SettingsError(f"argument -s/--shape: {error}") from error


def _load(given: argparse.Namespace) -> LoadOptions:
    default = flags.CLOSED_LOOP if given.rate is None else flags.OPEN_LOOP
    if given.compare_hints is not None:
        default = max(default, flags.COMPARISON)
    return LoadOptions(
        given.concurrency or default,
        given.steps_number,
        given.duration,
        given.warmup,
        given.window,
        given.rate,
        Arrivals(given.arrivals),
    )


def _report(given: argparse.Namespace) -> ReportOptions:
    return ReportOptions(
        given.id,
        report_warmup=given.report_warmup,
        print_all=given.print_all,
        print_summary=given.print_summary,
        json=given.json,
        quantiles=tuple(given.quantile_list),
    )
