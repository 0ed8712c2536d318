"""The command line: OpenVINO Model Server's own lines, defaults, refusals."""

from __future__ import annotations

import pytest

from modelserver_runtime.settings import SettingsError
from modelserver_runtime.tensors import Dimension
from modelserver_runtime.tools.bench.options import ApiName, Arrivals
from modelserver_runtime.tools.bench.parser import parse

RUN = "-p 1 -m m -n 1 "


def test_a_line_written_for_the_original_client_is_understood() -> None:
    line = "-a localhost -r 30002 -m person-vehicle -p 30001 -n 8 --report_warmup --print_all"
    options = parse(line.split())
    target = options.target
    assert (target.address, target.grpc_port, target.rest_port) == ("localhost", 30001, 30002)
    assert (target.model, options.load.steps, options.api) == ("person-vehicle", 8, ApiName.KFS)
    assert options.report.report_warmup
    assert options.report.print_all


@pytest.mark.parametrize("address", ["::1", "[::1]"])
def test_an_ipv6_address_may_stand_in_brackets(address: str) -> None:
    assert parse(f"{RUN} -a {address}".split()).target.address == "::1"


def test_sizes_are_written_as_the_original_client_takes_them() -> None:
    shapes = parse(f"{RUN} -s 1 3 300 300".split()).data.shapes
    assert shapes == tuple(map(Dimension.of, (1, 3, 300, 300)))


DEFAULTS = [
    ("-p 1 -m m -n 1", ApiName.KFS, 1),
    ("-r 1 -m m -n 1", ApiName.REST, 1),
    ("-p 1 -r 1 -m m -n 1", ApiName.KFS, 1),
    ("-p 1 -m m -n 1 --rate 5", ApiName.KFS, 64),
    ("--compare-hints folder -t 1", ApiName.KFS, 16),
]


@pytest.mark.parametrize(("line", "api", "concurrency"), DEFAULTS)
def test_protocol_and_connections_follow_from_what_is_given(
    line: str, api: ApiName, concurrency: int
) -> None:
    options = parse(line.split())
    assert (options.api, options.load.concurrency) == (api, concurrency)


def test_an_open_loop_is_poisson_unless_told_otherwise() -> None:
    assert parse(f"{RUN} --rate 5".split()).load.arrivals is Arrivals.POISSON


REFUSED = [
    ("-p 1 -n 1", "-m/--model_name is missing"),
    ("-p 1 -m m", "how long"),
    ("-m m -n 1", "-p/--grpc_port is missing"),
    ("-m m -n 1 -p 1 --api REST", "-r/--rest_port is missing"),
    ("-m m -n 1 -r 1 --api TFS", "-p/--grpc_port is missing"),
    ("-l -p 1", "-r/--rest_port is missing"),
    (f"{RUN} -b 4 -d x.npy", "leave them out with -d"),
    (f"{RUN} -n 0", "-n/--steps_number: '0' is not a whole number of at least 1"),
    (f"{RUN} -c 1.5", "'1.5' is not a whole number"),
    (f"{RUN} --rate inf", "'inf' is not a number"),
    (f"{RUN} --quantile_list 99", "'99' is not a number from 0 to 1"),
    (f"{RUN} -p 70000", "from 1 to 65535"),
    (f"{RUN} --api HTTP3", "invalid choice: 'HTTP3'"),
    (f"{RUN} -s x", "-s/--shape: 'x' is not a size"),
    (f"{RUN} -t 5 -u 5", "has to be shorter"),
    (f"{RUN} --min_value 9 --max_value 1", "--min_value 9 is over --max_value"),
    (f"{RUN} --speed 3", "unrecognized arguments: --speed"),
]


@pytest.mark.parametrize(("line", "words"), REFUSED)
def test_what_makes_no_sense_is_refused_in_one_line(line: str, words: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        parse(line.split())
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)
